heatmap.searchData({"samples":91,"types":["project","standard library","site-packages","other"],"more":0,"files":[
["app","/home/ada/shop/app.py","src/app.html",0,90,91,["\u003cmodule>",1,1,91,"price",5,60,60,"total",10,29,90],[6,60,60,"return -item.cents",17,9,9,"if items \u003c 2 and \"\u003c&>\":",18,0,81,"return total(items - 1)",19,20,81,"return sorted(items, key=price)",22,1,91,"total(40)"]]
]});
