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

async function heatSwitch({ browser, site }) {
    await withPage(browser, {}, async (page) => {
        const [{ file, ...line }] = site.data.files.filter((file) => file.source === 'embedded')
            .flatMap((file) => file.lines.filter((line) => line.self === 0).map((line) => ({ ...line, file })))
            .sort((a, b) => b.total - a.total);
        await page.goto(site.url(file.page));
        const [self, total] = [2, 3].map((n) => page.locator(`#L${line.line} td:nth-child(${n})`));
        const cold = await background(total);
        await page.getByRole('button', { name: 'total', exact: true }).click();
        expect(await background(total) < cold, 'the total of line', line.line, 'stays cold');
        expect(await page.locator('.map .s8').count() > 0, 'nothing in the map is hot');
        await page.getByRole('button', { name: 'self', exact: true }).click();
        expect(await background(total) === cold && await background(self) === cold, 'the total stays hot');
    });
}

async function nextHot({ browser, site }) {
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(site.hottest.file.page));
        const seen = [];
        const press = async (key) => {
            await page.keyboard.press(key);
            seen.push(await page.evaluate(() => document.querySelector(':target')?.id));
        };
        for (let i = 0; i < 40 && (i < 2 || seen.at(-1) !== seen[0]); i++) await press('n');
        expect(seen.includes(`L${site.hottest.line}`), 'the hottest line is not among', seen);
        const forth = seen.slice(0, -1);
        expect(forth.length > 1, 'only', forth);
        seen.length = 0;
        for (let i = 0; i < forth.length; i++) await press('N');
        expect(String(seen) === String([...forth].reverse()), 'back it goes by', seen, 'forth by', forth);
        await page.goBack({ timeout: 2000 }).catch(() => null);
        expect(!page.url().includes('#'), 'a step back stays on the page');
    });
}

async function map({ browser, site }) {
    const last = (file) => file.lines.at(-1).line;
    const long = [...site.data.files].filter((file) => file.source === 'embedded' && file.lines.some((line) => line.self > 64))
        .sort((a, b) => last(b) - last(a))[0];
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(long.page));
        const mark = page.locator('.map .s8').last();
        const box = await mark.boundingBox();
        await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
        const seen = await page.locator('.code tr.s8').evaluateAll((rows) => rows.some((row) => {
            const { top, bottom } = row.getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight;
        }));
        expect(seen, 'a click on the map does not lead to the hottest line of', long.page);
        const heights = () => page.locator('.map rect').evaluateAll((all) => all.map((r) => r.getAttribute('y')).join());
        const before = await heights();
        await page.locator('.cold summary').first().click();
        await page.waitForFunction((before) =>
            [...document.querySelectorAll('.map rect')].map((r) => r.getAttribute('y')).join() !== before, before);
    });
    return long.page;
}

const WORDS = ['import', 'class', 'def', 'while', 'return'];

// What is coloured, read back from the ranges that the browser was given.
async function syntax({ browser, site }) {
    const file = site.data.files.find((file) => file.path.endsWith('demo/nursery/workers.py'));
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(file.page));
        // The page is coloured when it has nothing else to do.
        await page.waitForFunction((words) => {
            const keywords = [...(CSS.highlights.get('keyword') ?? [])]
                .map((range) => range.startContainer.data.slice(range.startOffset, range.endOffset));
            return words.every((word) => keywords.includes(word));
        }, WORDS, { timeout: 10000 }).catch(() => {}); // what is missing is said below
        const coloured = await page.evaluate(() => Object.fromEntries([...CSS.highlights].map(([kind, ranges]) => [kind,
            [...ranges].map((range) => range.startContainer.data.slice(range.startOffset, range.endOffset))])));
        for (const word of WORDS)
            expect(coloured.keyword.includes(word), word, 'is no keyword of', coloured.keyword);
        expect(coloured.keyword.every((word) => /^[A-Za-z]+$/.test(word)), 'keywords:', coloured.keyword);
        expect(coloured.string.includes('"utf-8"'), '"utf-8" is none of', coloured.string);
        expect(coloured.string.some((text) => /^"""The letters .*"""$/.test(text)), 'no string of three quotes in', coloured.string);
    });
}

export default {
    "all works under default-src 'self', below a path": policy,
    'the theme can be switched, and is remembered': theme,
    'the heat can be that of the totals': heatSwitch,
    'n and N lead from one hot line to the next': nextHot,
    'the map leads to the hottest line': map,
    'syntax has colours': syntax,
};
