// What the script adds, and that it needs no permission that a strict host would not give.
import { expect, expectNone } from '../expect.mjs';
import { withPage, withServer } from '../site.mjs';
import { background } from './looks.mjs';

async function policy({ browser, site }) {
    const violations = [];
    await withServer(site, "default-src 'self'", async (address) => {
        await withPage(browser, {}, async (page) => {
            await page.exposeFunction('reportViolation', (words) => violations.push(words));
            await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) =>
                window.reportViolation(`${location.pathname}: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
            for (const name of site.samples) {
                await page.goto(address + name);
                expect(await page.evaluate(() => document.styleSheets.length) === 1, 'no style sheet on', name);
                await useScript(page);
            }
            await page.goto(address);
            await page.locator('a[href*="#L"]').first().click();
            await page.waitForURL(address + `${site.hottest.file.page}#L${site.hottest.line}`);
            violations.push(...page.faults);
            const outside = page.requested.filter((request) => !request.startsWith(address));
            expectNone(outside, 'requests leave the site');
        });
    });
    expectNone(violations, 'violations');
}

// Presses what is there to be pressed.
async function useScript(page) {
    for (const button of await page.locator('button:visible').all()) await button.click();
    for (const key of ['n', 'N', '/', 'Escape', '?', 'Escape']) await page.keyboard.press(key);
}

async function theme({ browser, site }) {
    for (const scheme of ['light', 'dark']) {
        await withPage(browser, { scheme }, async (page) => {
            const isDark = async () => (await background(page.locator('body'))) < 0.2;
            await page.goto(site.url('index.html'));
            expect((await isDark()) === (scheme === 'dark'), 'at first the page is not', scheme);
            await page.getByRole('button', { name: /theme/i }).click();
            expect((await isDark()) !== (scheme === 'dark'), 'the switch changes nothing');
            await page.goto(site.url(site.hottest.file.page));
            expect((await isDark()) !== (scheme === 'dark'), 'another page does not remember');
            await page.getByRole('button', { name: /theme/i }).click();
            expect((await isDark()) === (scheme === 'dark'), 'the switch does not lead back');
        });
    }
}

export default {
    "all works under default-src 'self', below a path": policy,
    'the theme can be switched, and is remembered': theme,
};
