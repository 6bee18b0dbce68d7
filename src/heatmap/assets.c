#include "config.h"

#include "src/heatmap/assets.h"

static const uint8_t style[] = {
#include "templates/heatmap.css.inc"
};
/* heatmap.js comes first: the others use it. */
/* clang-format off */
static const uint8_t script[] = {
#include "templates/heatmap.js.inc"
#include "templates/search.js.inc"
#include "templates/front.js.inc"
#include "templates/file.js.inc"
#include "templates/filter.js.inc"
#include "templates/frontfilter.js.inc"
#include "templates/filefilter.js.inc"
#include "templates/python.js.inc"
};
/* clang-format on */
static const uint8_t icon[] = {
#include "templates/heatmap.svg.inc"
};

/* clang-format off */
static const uint8_t style_of_report[] = {
#include "templates/heatmap.css.inc"
#include "templates/report.css.inc"
};
/* clang-format on */
static const uint8_t script_of_report[] = {
#include "templates/report.js.inc"
};
const struct slice report_style = {style_of_report, sizeof style_of_report};
const struct slice report_script = {script_of_report, sizeof script_of_report};

const struct asset assets[] = {
    {"heatmap.css", {style, sizeof style}},
    {"heatmap.js", {script, sizeof script}},
    {"heatmap.svg", {icon, sizeof icon}},
};
const size_t n_assets = sizeof assets / sizeof *assets;
