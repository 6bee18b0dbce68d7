// Looks at a site that pyheatmap wrote, in Chromium, and says in TAP what holds.
//
//     node run.mjs [--chromium PATH] [--only WORDS] [--screenshots DIR] SITE JSON LARGE JSON [SITE…]
//
// JSON is what --json wrote of the same recording, and SITE.html, beside it, its report. LARGE is a
// site whose pages have not room for all that was recorded. What every page has to hold is asked of the other sites as well.
// A check is a function in one of the files of checks/; it throws when something does not hold. --only runs those whose
// names contain the words.
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { readPages, readSite } from './site.mjs';
import { takeScreenshots } from './screenshots.mjs';
import content from './checks/content.mjs';
import file from './checks/file.mjs';
import filters from './checks/filters.mjs';
import front from './checks/front.mjs';
import links from './checks/links.mjs';
import looks from './checks/looks.mjs';
import report from './checks/report.mjs';
import scripts from './checks/scripts.mjs';

const { values: options, positionals } = parseArgs({
    options: {
        chromium: { type: 'string', default: '/usr/bin/chromium' },
        only: { type: 'string', default: '' },
        screenshots: { type: 'string', default: '' },
    },
    allowPositionals: true,
});
if (positionals.length < 4) {
    console.error('usage: node run.mjs [--chromium PATH] [--only WORDS] [--screenshots DIR] SITE JSON LARGE JSON [SITE…]');
    process.exit(2);
}

const [directory, json, largeDirectory, largeJson, ...others] = positionals;
const site = readSite(directory, json);
const large = readSite(largeDirectory, largeJson);
const sites = [site, ...others.map(readPages)];
const browser = await chromium.launch({
    executablePath: options.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
});

const checks = Object.entries({ ...content, ...file, ...filters, ...front, ...links, ...looks, ...report, ...scripts })
    .filter(([name]) => name.includes(options.only));
console.log(`1..${checks.length}`);
let failed = 0;
for (const [index, [name, check]] of checks.entries()) {
    const begin = Date.now();
    try {
        const found = await check({ browser, site, large, sites, report: `${directory}.html` });
        if (found) console.log(`# ${found}`);
        console.log(`ok ${index + 1} - ${name}`);
    } catch (error) {
        failed++;
        console.log(String(error.stack ?? error).replace(/^/gm, '# '));
        console.log(`not ok ${index + 1} - ${name}`);
    }
    console.log(`# ${((Date.now() - begin) / 1000).toFixed(1)} s`);
}
if (options.screenshots) await takeScreenshots({ browser, site }, options.screenshots);
await browser.close();
console.log(`# ${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
