heatmap.searchData({"samples":0,"types":["project","standard library","site-packages","other"],"more":0,"files":[
]});
