#include "config.h"

#include "src/heatmap/assets.h"

static const uint8_t style[] = {
#include "templates/heatmap.css.inc"
};
static const uint8_t script[] = {
#include "templates/heatmap.js.inc"
};

const struct asset assets[] = {
    {"heatmap.css", {style, sizeof style}},
    {"heatmap.js", {script, sizeof script}},
};
const size_t n_assets = sizeof assets / sizeof *assets;
