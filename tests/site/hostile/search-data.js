heatmap.searchData({"samples":10,"types":["project","standard library","site-packages","other"],"more":0,"files":[
["\u003cimg src=x>'\"&\\xff","/home/ada/shop/\u003cimg src=x>'\"&\\xff.py","src/~060img~032src~061x~062~039~034~038~255.html",0,10,10,["\u003c/a>\u003cscript>alert(1)\u003c/script>",1,10,10],[1,1,10,"x = '\u003c/script>\u003c!--'",2,2,9,"\\x00␛\u003cU+202E>y = \"\\xff\"",3,3,7,"z = 1"]]
]});
