heatmap.searchData({"samples":91,"types":["project","standard library","site-packages","other"],"more":0,"files":[
["\u003cstring>","\u003cstring>","other/~060string~062-b9983ec2.html",3,90,91,["\u003cmodule>",1,1,91,"price",5,60,60,"total",9,29,90],[]]
]});
