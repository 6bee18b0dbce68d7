#include "config.h"

#include "src/heatmap/assets.h"

static const uint8_t style[] = {
#include "templates/heatmap.css.inc"
};
static const uint8_t script[] = {
#include "templates/heatmap.js.inc"
};
static const uint8_t icon[] = {
#include "templates/heatmap.svg.inc"
};

const struct asset assets[] = {
    {"heatmap.css", {style, sizeof style}},
    {"heatmap.js", {script, sizeof script}},
    {"heatmap.svg", {icon, sizeof icon}},
};
const size_t n_assets = sizeof assets / sizeof *assets;
