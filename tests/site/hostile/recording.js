heatmap.recording({"basis":"active","processes":[[4242,"/usr/bin/python3 \u003c/script>\u003cb>'\"&\\xff\\udc80\u003cU+202E>.py --level two words"]],
"threads":[[0,4242,"MainThread"]],
"bins":145,"width":6.25e-05,"weight":0.001,
"all":"AQIKAB4eHh4eHh4eHg==",
"attributed":"AQIKAB4eHh4eHh4eHg=="});
