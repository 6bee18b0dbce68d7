// The front page: what it answers, with and without a script, and each of its controls.
import { expect, expectNone } from '../expect.mjs';
import { withPage, withServer } from '../site.mjs';
import { violations } from './looks.mjs';

const falls = (numbers) => numbers.every((n, i) => i === 0 || n <= numbers[i - 1]);
const number = (text) => Number(text.replace('<', '').trim() || 0);

// The hottest lines and functions, in the order that is chosen, are those of --json.
async function hottest({ browser, site }) {
    const { data } = site;
    const lines = data.files.flatMap((file) => file.lines.map((line) => ({ ...line, file })));
    for (const javaScript of [true, false]) {
        await withPage(browser, { javaScript }, async (page) => {
            await page.goto(site.url('index.html'));
            for (const by of ['self', 'total']) {
                await page.locator(`.radios [value=${by}]`).check();
                const tables = page.locator('.hot:visible');
                expect(await tables.count() === 2, await tables.count(), 'tables are shown');
                for (const [index, things] of [lines, data.functions].entries()) {
                    const column = by === 'self' ? 1 : 2;
                    const shown = (await tables.nth(index).locator(`tbody td:nth-child(${column})`).allTextContents()).map(number);
                    const counted = things.map((thing) => thing[by]).sort((a, b) => b - a).slice(0, 10)
                        .map((n) => (100 * n) / data.samples.count);
                    expect(shown.length === 10 && shown.every((n, i) => Math.abs(n - counted[i]) <= 0.051), by, index, 'shown', shown, 'counted', counted);
                }
            }
        });
    }
}

// The texts of lines are there, and belong to them.
async function texts({ browser, site }) {
    await withPage(browser, { javaScript: false }, async (page) => {
        await page.goto(site.url('index.html'));
        const rows = await page.locator('.by-self').first().locator('tbody tr').evaluateAll((rows) =>
            rows.map((row) => [row.querySelector('code')?.textContent, row.querySelector('a').getAttribute('href')]));
        expect(rows.filter(([text]) => text).length >= 5, 'texts are missing:', JSON.stringify(rows));
        const [text, href] = rows.find(([text]) => text);
        await page.goto(site.url(href));
        const there = await page.locator(`tr${new URL(page.url()).hash} td`).nth(2).textContent();
        expect(there.trim().startsWith(text.replace(/…$/, '')), href, 'has', there, 'not', text);
    });
}

// The tree without a script: folders open, files lead to their pages, every file is there once.
async function tree({ browser, site }) {
    await withPage(browser, { javaScript: false }, async (page) => {
        await page.goto(site.url('index.html'));
        const hrefs = await page.locator('.tree p a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
        expect(String(hrefs.sort()) === String(site.data.files.map((file) => file.page).sort()), 'the tree has', hrefs);
        const first = await page.locator('.tree > details').first().getAttribute('id');
        expect(first === 'project', 'first comes', first);
        await page.locator('#stdlib > summary').click();
        await page.locator('#stdlib > p a').first().click();
        await page.waitForURL(/src\//);
    });
}

async function sortTree({ browser, site }) {
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url('index.html'));
        const folder = page.locator('.tree #stdlib');
        const column = (index) => folder.locator(':scope > p').evaluateAll((rows, index) =>
            rows.map((row) => Number(row.children[index].textContent.replace('<', ''))), index);
        const names = () => folder.locator(':scope > p > a').allTextContents();
        await page.getByRole('button', { name: 'open all' }).click();
        expect(await page.locator('.tree details:not([open])').count() === 0, 'some stay closed');
        expect(falls(await column(2)), 'not sorted by total:', await column(2));
        const byTotal = String(await names());
        await page.getByRole('button', { name: 'by self' }).click();
        expect(falls(await column(1)), 'not sorted by self:', await column(1));
        expect(String(await names()) !== byTotal, 'by self and by total are the same: this shows nothing');
        await page.getByRole('button', { name: 'by name' }).click();
        const byName = await names();
        expect(String(byName) === String([...byName].sort()), 'not sorted by name:', byName);
        await page.reload();
        expect(String(await names()) === String(byName), 'the address does not hold the order');
        await page.getByRole('button', { name: 'by total' }).click();
        expect(String(await names()) === byTotal && !page.url().includes('tree'), 'not sorted back');
        await page.getByRole('button', { name: 'close all' }).click();
        expect(await page.locator('.tree details[open]').count() === 0, 'some stay open');
    });
}

// The table has every file; without a script it is by self.
async function table({ browser, site }) {
    for (const javaScript of [true, false]) {
        await withPage(browser, { javaScript }, async (page) => {
            await page.goto(site.url('index.html'));
            await page.locator('.files summary').click();
            const column = (n) => page.locator(`.files tbody td:nth-child(${n})`).allTextContents();
            expect((await column(1)).length === site.data.files.length, (await column(1)).length, 'rows');
            expect(falls((await column(4)).map(number)), 'not by self');
            expect(await page.locator('.files [aria-sort=descending]').textContent() === 'self %', 'does not say by what');
            if (!javaScript) return;
            await page.getByRole('button', { name: 'total %' }).click();
            expect(falls((await column(5)).map(number)), 'not by total');
            await page.getByRole('button', { name: 'total %' }).click();
            expect(falls((await column(5)).map(number).reverse()), 'not turned round');
            await page.getByRole('button', { name: 'module' }).click();
            const names = (await column(1)).map((name) => name.toLowerCase());
            expect(String(names) === String([...names].sort()), 'not by name:', names);
            await page.reload();
            await page.locator('.files summary').click();
            expect(String((await column(1)).map((name) => name.toLowerCase())) === String(names), 'the address does not hold the order');
        });
    }
}

// Results: [kind, text, marked characters, type, href]
const results = (page) => page.locator('.found [role=option]').evaluateAll((all) => all.map((option) => {
    const words = option.querySelector('small').textContent.split(' · ');
    return {
        kind: words[0], type: words.at(-1), text: option.querySelector('code, b').textContent,
        marked: [...option.querySelectorAll('mark')].map((m) => m.textContent).join(''),
        href: option.getAttribute('href'), current: option.getAttribute('aria-selected') === 'true',
    };
}));

async function search({ browser, site }) {
    await withPage(browser, {}, async (page) => {
        const type = async (text) => {
            await page.keyboard.press('Escape');
            await page.keyboard.press('/');
            await page.keyboard.type(text);
            await page.locator('.found output:not(:text("Loading"))').waitFor();
            return results(page);
        };
        await page.goto(site.url('index.html'));
        expect(!page.requested.some((address) => address.endsWith('search-data.js')), 'the data is loaded before it is wanted');

        const fn = site.data.functions.find((fn) => fn.qualname === 'Letters.pack');
        for (const query of ['letters.pack', 'ltrspack', 'pack letters']) {
            const found = await type(query);
            const hit = found.find((one) => one.kind === 'function' && one.text === fn.qualname);
            expect(hit, query, 'does not find', fn.qualname, 'but', JSON.stringify(found.slice(0, 3)));
            const letters = (text) => [...text.toLowerCase()].filter((c) => c !== ' ').sort().join('');
            expect(letters(hit.marked) === letters(query), query, 'marks', hit.marked);
            expect(hit.href.endsWith(`#L${fn.line}`), query, 'leads to', hit.href);
        }
        const file = site.data.files.filter((file) => file.type === 'stdlib' && file.source === 'embedded')[0];
        expect((await type(file.module)).some((one) => one.kind === 'file' && one.href === file.page), file.module, 'is not found');
        expect((await type('zlib.compress'))[0]?.kind === 'line', 'the text of a line is not found');

        // The project's own first, though others are hotter; and those are there as well.
        const mixed = await type('e');
        const types = mixed.map((one) => one.type);
        expect(types[0] === 'project' && types.lastIndexOf('project') < types.findIndex((type) => type !== 'project'), 'the order is', types);
        expect(new Set(types).size > 1, 'all are', types);

        // Keys: down, up, round; Enter goes there.
        const current = async () => (await results(page)).findIndex((one) => one.current);
        expect(await current() === 0, 'at first', await current());
        await page.keyboard.press('ArrowDown');
        expect(await current() === 1, 'down leads to', await current());
        expect(await page.locator('.search input').getAttribute('aria-activedescendant') === 'found-1', 'readers are not told');
        await page.keyboard.press('ArrowUp');
        await page.keyboard.press('ArrowUp');
        expect(await current() === mixed.length - 1, 'up leads to', await current());
        expect((await type('no such thing anywhere')).length === 0, 'nothing is found as something');
        expect(await page.locator('.found output').textContent() === 'Nothing like that', 'it does not say so');
        await page.keyboard.press('Escape');
        expect(!(await page.locator('.found').isVisible()), 'Escape does not close it');

        const place = `${site.hottest.file.module}:${site.hottest.line}`;
        await type(place);
        await page.keyboard.press('Enter');
        await page.waitForURL(site.url(`${site.hottest.file.page}#L${site.hottest.line}`));
        expectNone(page.faults, 'faults');
    });
}

async function searchByMouse({ browser, site }) {
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url('index.html'));
        await page.locator('.search input').click();
        await page.keyboard.type('letters.pack');
        await page.locator('.found [role=option]').first().click();
        await page.waitForURL(/#L\d+$/);
        await page.goBack();
        await page.locator('.search input').fill('pack');
        await page.locator('.found [role=option]').first().waitFor();
        await page.mouse.click(5, 400);
        expect(!(await page.locator('.found').isVisible()), 'a click elsewhere does not close it');
    });
}

// Every thread is there with its samples, and each process with its command.
async function processes({ browser, site }) {
    await withPage(browser, { javaScript: false }, async (page) => {
        await page.goto(site.url('index.html'));
        const rows = await page.locator('.processes p:not([aria-hidden])').evaluateAll((rows) =>
            rows.map((row) => row.children[1].textContent.replaceAll(',', '')));
        const counted = site.data.threads.map((thread) => String(thread.samples));
        expect(String(rows.sort()) === String(counted.sort()), 'threads have', rows, 'counted', counted);
        const title = await page.locator('h1').textContent();
        expect(/demo\/app\.py/.test(title) && (await page.locator('.processes summary').first().textContent()).includes(title), 'the command is', title);
    });
}

// The search loads its data from below a path, under a strict policy; where the data is missing, that is said.
async function searchServed({ browser, site }) {
    await withServer(site, "default-src 'self'", async (address) => {
        await withPage(browser, {}, async (page) => {
            await page.goto(address);
            await page.keyboard.press('/');
            await page.keyboard.type('letters.pack');
            await page.locator('.found [role=option]').first().waitFor();
            await page.keyboard.press('Enter');
            await page.waitForURL(/#L\d+$/);
            expect(page.url().startsWith(`${address}src/`), 'it leads to', page.url());
            expectNone(page.faults, 'faults');
        });
        await withPage(browser, {}, async (page) => {
            await page.route('**/search-data.js', (route) => route.abort('failed'));
            await page.goto(address);
            await page.keyboard.press('/');
            await page.keyboard.type('x');
            await page.locator('.found output:text("is not there")').waitFor();
        });
    });
}

// What a recording says is text in the results as well.
async function searchHostile({ browser, sites }) {
    const site = sites.find((one) => one.pages.some((page) => page.includes('~060img')));
    await withPage(browser, {}, async (page) => {
        page.on('dialog', (dialog) => page.faults.push(`a dialog: ${dialog.message()}`));
        await page.goto(site.url('index.html'));
        for (const [query, text] of [['img src', "<img src=x>'\"&\\xff"], ['alert', '</a><script>alert(1)</script>'], ['u+202e', '\\x00\u241b<U+202E>y = "\\xff"']]) {
            await page.keyboard.press('Escape');
            await page.keyboard.press('/');
            await page.keyboard.type(query);
            await page.locator('.found [role=option]').first().waitFor();
            const found = await results(page);
            expect(found.some((one) => one.text === text), query, 'finds', JSON.stringify(found));
        }
        expect(await page.locator('.found :is(img, script)').count() === 0, 'text became markup');
        expectNone(page.faults, 'faults');
    });
}

// With everything open: nothing for axe to find, nothing too wide, nothing too small, nothing that moves.
async function allOpen({ browser, site, sites }) {
    const wrong = [];
    for (const [scheme, width] of [['light', 1200], ['dark', 1200], ['light', 360], ['dark', 360]]) {
        await withPage(browser, { scheme, width, height: 740 }, async (page) => {
            for (const one of sites.filter((one) => one === site || /hostile|several/.test(one.address))) {
                await page.goto(one.url('index.html'));
                await page.evaluate(() => { for (const details of document.querySelectorAll('details')) details.open = true; });
                await page.locator('.radios [value=total]').check();
                await page.keyboard.press('/');
                await page.keyboard.type('e');
                await page.locator('.found [role=option]').first().waitFor();
                wrong.push(...(await violations(page)).map((words) => `${scheme} ${width} ${words}`));
                const { wide, small, moving } = await page.evaluate(() => ({
                    wide: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth,
                    small: [...document.querySelectorAll('body *')].filter((e) => e.textContent.trim() && Number.parseFloat(getComputedStyle(e).fontSize) < 12).length,
                    moving: document.getAnimations().length,
                }));
                if (wide > 0) wrong.push(`${one.address} ${width}: ${wide} px too wide`);
                if (small > 0) wrong.push(`${one.address}: ${small} elements have type below 12 px`);
                if (moving > 0) wrong.push(`${one.address}: ${moving} things move`);
            }
        });
    }
    expectNone(wrong, 'faults');
}

// On paper there are no controls, and the colours are the light ones, whatever the screen's are.
async function print({ browser, site }) {
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url('index.html'));
        await page.keyboard.press('t');
        await page.emulateMedia({ media: 'print' });
        expect(await page.locator('button:visible, input[type=search]:visible').count() === 0, 'controls are printed');
        const ink = await page.locator('h1').evaluate((h1) => getComputedStyle(h1).color);
        expect(/rgb\((\d\d?), (\d\d?), (\d\d?)\)/.test(ink), 'the ink is', ink);
    });
}

// Where the system chooses the colours, what is pressed and what is hot can still be told.
async function forced({ browser, site }) {
    await withPage(browser, {}, async (page) => {
        await page.emulateMedia({ forcedColors: 'active' });
        await page.goto(site.url('index.html'));
        const outline = (name) => page.getByRole('button', { name }).evaluate((b) => getComputedStyle(b).outlineStyle);
        expect(await outline('by total') === 'solid' && await outline('by self') === 'none', 'what is pressed cannot be told');
        const heat = await page.locator('.by-self tbody tr td:first-child').evaluateAll((cells) =>
            cells.map((cell) => getComputedStyle(cell).backgroundColor));
        expect(new Set(heat).size > 1, 'all heat is', heat[0]);
    });
}

export default {
    'the hottest lines and functions are those of --json, by self and total': hottest,
    'hot lines show their text': texts,
    'the tree has every file, without JavaScript': tree,
    'the tree can be sorted, opened and closed': sortTree,
    'the table of files can be sorted': table,
    'the search finds files, functions and lines, the project first': search,
    'the search works with a mouse': searchByMouse,
    'processes and threads are listed with their samples': processes,
    'the search works below a path, and says when it cannot': searchServed,
    'the search shows hostile text as text': searchHostile,
    'with all of the front page open nothing is wrong, light and dark, wide and narrow': allOpen,
    'the front page can be printed': print,
    'the front page works in forced colours': forced,
};
