heatmap.stacks({"module":"app","bins":181,"widened":0,"calls_left_out":false,
"lines":[6,17,18,19,22],
"in":[1,2,2,2,0],
"functions":[["\u003cmodule>",1],["price",5],["total",10]],
"others":[],
"calls":[[2,2],[3,1],[4,2]],
"sets":"AAcAAQAAAAAAAAMBAgIABQIAAAABAAEE",
"stacks":"AAEBAjwEAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIBAgECCcQCAgICAgICAgIBAAECAegCAAQBAhT0AQICAgICAgICAgICAgICAgICAgIBBQECAQA="});
