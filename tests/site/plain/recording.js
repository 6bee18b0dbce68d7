heatmap.recording({"basis":"active","processes":[[4242,"/usr/bin/python3 /home/ada/shop/app.py --level two words"]],
"threads":[[0,4242,"MainThread"]],
"bins":181,"width":0.0005,"weight":0.001,
"all":"AQJbAAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg==",
"attributed":"AQJaAAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"});
