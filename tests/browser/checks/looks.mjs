// How pages look: heat has colours, everything has contrast, narrow screens suffice.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, expectNone } from '../expect.mjs';
import { withPage } from '../site.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Relative luminance of what is really painted behind an element: its own background over those of its ancestors.
export const background = (locator) => locator.evaluate((element) => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d', { willReadFrequently: true });
    canvas.width = canvas.height = 1;
    const behind = [];
    for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
    for (const colour of behind) {
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data]
        .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
});

// The hotter, the further from the page: the order of the steps is that of their lightness.
async function heat({ browser, site }) {
    const found = [];
    for (const scheme of ['light', 'dark']) {
        for (const javaScript of [false, true]) {
            await withPage(browser, { javaScript, scheme }, async (page) => {
                await page.goto(site.url(site.hottest.file.page));
                const hottest = page.locator(`#L${site.hottest.line}`);
                expect(/\bs8\b/.test(await hottest.getAttribute('class')), 'the hottest line is not of step 8');
                // Which steps a recording has is chance: one row is shown in all.
                const cell = hottest.locator('td').first();
                await hottest.evaluate((row) => row.removeAttribute('class'));
                const cold = await background(cell);
                let last = cold;
                for (let step = 1; step <= 8; step++) {
                    await hottest.evaluate((row, step) => row.setAttribute('class', `s${step}`), step);
                    const hotter = await background(cell);
                    expect(scheme === 'light' ? hotter < last : hotter > last, scheme, 'step', step, 'has luminance', hotter, 'after', last);
                    last = hotter;
                }
                const row = await background(hottest.locator('td').nth(2));
                expect(Math.abs(row - cold) < Math.abs(last - cold) / 2 && row !== cold, scheme, 'the row is as strong as its cell');
                found.push(`${scheme} ${cold.toFixed(2)} to ${last.toFixed(2)}`);
            });
        }
    }
    return found.join(', ');
}

// What axe finds wrong on a page, as sentences.
export async function violations(page) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run());
    return violations.map(({ id, help, nodes }) =>
        `${page.url()}: ${id}: ${help} (${nodes.length}): ${nodes[0].html.slice(0, 120)} ${nodes[0].failureSummary}`);
}

async function accessible({ browser, sites }) {
    const wrong = [];
    for (const scheme of ['light', 'dark']) {
        for (const width of [1200, 360]) {
            await withPage(browser, { scheme, width }, async (page) => {
                for (const url of sites.flatMap((site) => site.samples.map(site.url))) {
                    await page.goto(url);
                    wrong.push(...(await violations(page)).map((words) => `${scheme} ${width} ${words}`));
                }
            });
        }
    }
    expectNone(wrong, 'violations');
}

// Only code scrolls sideways.
async function narrow({ browser, site, sites }) {
    const wrong = [];
    for (const javaScript of [true, false]) {
        await withPage(browser, { javaScript, width: 360, height: 740 }, async (page) => {
            for (const url of sites.flatMap((site) => site.pages.map(site.url))) {
                await page.goto(url);
                const width = await page.evaluate(() =>
                    Math.max(document.documentElement.scrollWidth, document.body.scrollWidth));
                if (width > 360) wrong.push(`${url}: ${width} px wide`);
            }
            const line = await page.goto(site.url(site.hottest.file.page)) &&
                await page.locator(`#L${site.hottest.line} td`).nth(2).evaluate((cell) => cell.getBoundingClientRect().left);
            if (line > 180) wrong.push(`the source begins at ${line} px`);
        });
    }
    expectNone(wrong, 'pages overflow');
}

// At 360 px a line's total and calls come below it when it is chosen.
async function chosen({ browser, site }) {
    const { file } = site.hottest;
    const call = site.data.calls.find((call) => call.caller.path === file.path);
    await withPage(browser, { javaScript: false, width: 360, height: 740 }, async (page) => {
        await page.goto(site.url(file.page));
        const row = page.locator(`#L${call.caller.line}`);
        const link = row.locator('.o a').first();
        expect(!(await link.isVisible()), 'calls are there before');
        await row.locator('th a').click();
        const [line, total, calls] = [await row.boundingBox(), await row.locator('td').nth(1).boundingBox(), await link.boundingBox()];
        expect(calls && total, 'nothing comes below line', call.caller.line);
        expect(calls.y >= line.y + 20 && total.y >= line.y + 20 && calls.x + calls.width <= 360, 'they come at', JSON.stringify(calls));
        const to = new URL(await link.getAttribute('href'), page.url()).href;
        await link.click();
        await page.waitForURL(to);
    });
    return `${file.page}#L${call.caller.line}`;
}

// The colours of syntax have contrast on the rows of every heat, in both themes.
async function syntaxContrast({ browser, site }) {
    const worst = [];
    for (const scheme of ['light', 'dark']) {
        await withPage(browser, { scheme }, async (page) => {
            await page.goto(site.url(site.hottest.file.page));
            for (const kind of ['keyword', 'string', 'comment']) {
                const ratios = await page.evaluate(([kind, scheme]) => {
                    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
                    const luminance = (colour) => {
                        context.fillStyle = colour;
                        context.fillRect(0, 0, 1, 1);
                        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data]
                            .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
                        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                    };
                    const row = document.querySelector('.code tr');
                    return [1, 2, 3, 4, 5, 6, 7, 8].map((step) => {
                        row.className = `s${step}`;
                        const cell = row.cells[3];
                        const [a, b] = [luminance(getComputedStyle(cell, `::highlight(${kind})`).color),
                            luminance(getComputedStyle(cell).backgroundColor)];
                        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                    });
                }, [kind, scheme]);
                worst.push([Math.min(...ratios), `${scheme} ${kind} ${Math.min(...ratios).toFixed(2)}`]);
            }
        });
    }
    expectNone(worst.filter(([ratio]) => ratio < 4.5).map(([, words]) => words), 'colours lack contrast');
    return worst.map(([, words]) => words).join(', ');
}

// Numbers of a column stand under each other, though the tables of a page are several.
async function columns({ browser, site }) {
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(site.hottest.file.page));
        const edges = await page.locator('main tr[id]').evaluateAll((rows) => rows.map((row) =>
            [...row.children].slice(0, 4).map((cell) => Math.round(cell.getBoundingClientRect().left)).join(' ')));
        expect(new Set(edges).size === 1, 'columns begin at', [...new Set(edges)].join(' | '));
    });
}

// Nothing that can be pressed or typed into lies under something else, on any width.
async function tools({ browser, site }) {
    const wrong = [];
    for (const width of [360, 500, 800, 1000, 1200, 1400, 1900]) {
        await withPage(browser, { width, height: 800 }, async (page) => {
            await page.goto(site.url(site.hottest.file.page));
            wrong.push(...await page.locator('.bar .tools :is(button, input)').evaluateAll((all, width) => all.flatMap((one) => {
                const { left, right, top, bottom } = one.getBoundingClientRect();
                return left === right ? [] : [left + 2, (left + right) / 2, right - 2].flatMap((x) => {
                    const there = document.elementFromPoint(x, (top + bottom) / 2);
                    return one.contains(there) ? [] : [`${one.textContent || one.placeholder} at ${width} px`];
                });
            }), width));
        });
    }
    expectNone(wrong, 'tools are covered');
}

export default {
    'heat has colours that keep its order': heat,
    'axe finds nothing, light and dark, wide and narrow': accessible,
    'at 360 px nothing overflows': narrow,
    'at 360 px a chosen line opens': chosen,
    'syntax colours have contrast on all heat': syntaxContrast,
    'columns are aligned down the page': columns,
    'tools do not cover each other': tools,
};
