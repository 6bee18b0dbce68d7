heatmap.recording({"basis":"active","processes":[[4242,"/usr/bin/python3 \u003c/script>\u003cb>'\"&\\xff\\udc80\u003cU+202E>.py --level two words"]],
"threads":[[0,4242,"MainThread"]],
"bins":177,"width":6.25e-05,"weight":0.001,
"all":"AQIMAB4eHh4eHh4eHh4e",
"attributed":"AQIMAB4eHh4eHh4eHh4e"});
