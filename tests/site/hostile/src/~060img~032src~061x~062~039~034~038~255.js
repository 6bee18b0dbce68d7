heatmap.stacks({"module":"\u003cimg src=x>'\"&\\xff","bins":177,"widened":0,"calls_left_out":false,
"lines":[1,2,3,99],
"in":[0,0,0,0],
"functions":[["\u003c/a>\u003cscript>alert(1)\u003c/script>",1]],
"others":[],
"calls":[[0,0],[1,0],[2,0]],
"sets":"AAEAAQYAAAAAAAADAgEAAgEC",
"stacks":"AAEBAgEAAQQBAgTAAR4eHgEDAQIDYB4eAQIBAgIgHg=="});
