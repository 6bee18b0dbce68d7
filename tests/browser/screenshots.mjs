// Pictures of a site, for people to look at.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withPage } from './site.mjs';

export async function takeScreenshots({ browser, site }, directory) {
    mkdirSync(directory, { recursive: true });
    const shots = [
        ['light', { scheme: 'light' }],
        ['dark', { scheme: 'dark' }],
        ['narrow', { scheme: 'light', width: 360, height: 740 }],
        ['plain', { scheme: 'light', javaScript: false }],
    ];
    const line = `${site.hottest.file.page}#L${site.hottest.line}`;
    for (const [how, options] of shots) {
        await withPage(browser, options, async (page) => {
            for (const [what, name] of [['front', 'index.html'], ['file', site.hottest.file.page], ['line', line],
                ['without-text', site.samples.at(-1)]]) {
                await page.goto('about:blank');
                await page.goto(site.url(name));
                await page.waitForTimeout(150);
                await page.screenshot({ path: join(directory, `${what}-${how}.png`), fullPage: what === 'front' });
            }
        });
    }
}
