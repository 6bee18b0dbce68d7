// The filters, and the address that holds them.
import { expect } from '../expect.mjs';
import { withPage } from '../site.mjs';

// Choices stay in the address beside the anchor: on the page, on links to its lines, and on those to other pages.
async function address({ browser, site }) {
    const { file, line } = site.hottest;
    const other = site.data.calls.find((call) => call.caller.path === file.path && call.callee.path !== file.path);
    const there = site.data.files.find((file) => file.path === other.callee.path).page;
    await withPage(browser, {}, async (page) => {
        const hash = () => page.evaluate(() => location.hash);
        const target = () => page.evaluate(() => document.querySelector(':target')?.id);
        await page.goto(site.url(`${file.page}#L${line}&x=1%20%26&through=a`));
        expect(await target() === `L${line}`, 'the target is', await target());
        expect(await hash() === `#L${line}&x=1%20%26&through=a`, 'the address became', await hash());
        expect(await page.evaluate(() => heatmap.view.get('x')) === '1 &', 'a choice is read wrongly');
        const told = page.evaluate(() => new Promise((resolve) => heatmap.view.subscribe(() => resolve(heatmap.view.anchor))));
        await page.locator(`#L${other.caller.line} th a`).click();
        expect(await told === `L${other.caller.line}`, 'who subscribed is told of', await told);
        expect(await target() === `L${other.caller.line}`, 'a link to a line makes the target', await target());
        expect(await hash() === `#L${other.caller.line}&x=1%20%26&through=a`, 'a link to a line leads to', await hash());
        await page.evaluate(() => heatmap.view.set({ x: null, y: '1,2' }));
        expect(await hash() === `#L${other.caller.line}&through=a&y=1,2`, 'setting makes it', await hash());
        await page.evaluate(() => { location.hash = '#L1&y=3'; });
        await page.waitForFunction(() => heatmap.view.get('y') === '3');
        expect(await target() === 'L1' && await hash() === '#L1&y=3', 'an address that is typed leads to', await hash());
        await page.evaluate(() => heatmap.view.set({ through: 'b' }));
        const name = there.split('/').pop();
        const link = page.locator(`.code a[href^="${name}#L"], .code a[href*="/${name}#L"]`).first();
        const to = (await link.getAttribute('href')).split('#')[1];
        await link.evaluate((a) => a.click());
        await page.waitForURL((url) => url.pathname.endsWith(there));
        await page.waitForFunction(() => document.querySelector(':target'));
        expect(await hash() === `#${to}&y=3`, 'a link to another page leads to', await hash());
        expect(await target() === to, 'there the target is', await target());
        expect(page.faults.length === 0, page.faults.join());
    });
}

export default {
    'choices stay in the address': address,
};
