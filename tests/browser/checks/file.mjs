// A file's page: what can be switched, opened, selected, copied; with scripts and without.
import { readFileSync } from 'node:fs';
import { expect, expectNone } from '../expect.mjs';
import { withPage } from '../site.mjs';

const counted = (title) => Number.parseInt(title, 10);
const percent = (part, whole) => (100 * part) / whole;

// Without a script the samples of every number are in its tooltip, and the interval of a self holds its share: of all
// lines of a page, or of none, where that would weigh too much.
async function tooltips({ browser, site }) {
    const wrong = [], n = site.data.samples.count;
    let intervals = 0;
    await withPage(browser, { javaScript: false }, async (page) => {
        for (const file of site.data.files.filter((file) => file.self > 0)) {
            let selves = 0, sure = 0;
            await page.goto(site.url(file.page));
            const titles = Object.fromEntries(await page.locator('main tr[id]').evaluateAll((rows) =>
                rows.map((row) => [row.id.slice(1), [row.children[1].title, row.children[2].title]])));
            for (const { line, self, total } of file.lines) {
                const [ofSelf, ofTotal] = titles[line];
                if ((self > 0 && counted(ofSelf) !== self) || counted(ofTotal) !== total)
                    wrong.push(`${file.page} line ${line}: ${ofSelf}, ${ofTotal}; counted ${self}, ${total}`);
                if (self > 0) selves++;
                const [, low, high] = /: ([\d.]+)–([\d.]+) %/.exec(ofSelf) ?? [];
                if (low === undefined) continue;
                sure++;
                if (!(low <= percent(self, n) * 1.01 && percent(self, n) <= high * 1.01)) wrong.push(`${ofSelf} does not hold ${self} of ${n}`);
            }
            if (sure > 0 && sure < selves) wrong.push(`${file.page}: ${sure} of ${selves} lines have an interval`);
            intervals += sure;
        }
    });
    expectNone(wrong, 'tooltips say something else');
    expect(intervals > 0, 'no interval');
    return `${intervals} intervals`;
}

// The function of most callers: all of them with count and share, most first; scripts or not.
async function callersOf({ browser, site }) {
    const said = [];
    const fileOf = (f) => site.data.files.find((file) => file.path === f.path);
    const hasShares = (file) => /<ul class=i><li><a [^>]*>[^<]*<\/a> <b title="/.test(readFileSync(site.path(file.page), 'utf8'));
    const callersOf = (f) => site.data.calls.filter(({ callee, caller }) => callee.path === f.path && callee.line === f.line &&
        callee.function === f.qualname && !(caller.path === f.path && caller.line === f.line));
    const fn = site.data.functions.filter((f) => fileOf(f).source === 'embedded' &&
        site.data.functions.filter((other) => other.path === f.path && other.line === f.line).length === 1 &&
        hasShares(fileOf(f))) // a page that would weigh too much has counts alone
        .sort((a, b) => callersOf(b).length - callersOf(a).length)[0];
    const expected = callersOf(fn).sort((a, b) => b.samples - a.samples);
    for (const javaScript of [false, true]) {
        await withPage(browser, { javaScript }, async (page) => {
            await page.goto(site.url(fileOf(fn).page));
            const row = page.locator(`#L${fn.line}`), items = row.locator('.i > li:not(.m)');
            const shown = await items.evaluateAll((all) => all.filter((item) => item.checkVisibility()).length);
            expect(shown >= 1 && shown < expected.length, shown, 'of', expected.length, 'callers are in place');
            await row.locator('.i .m a').click();
            await row.locator('.i .m').waitFor({ state: 'hidden' }); // else there is still more
            const found = await items.evaluateAll((all) => all.filter((item) => item.checkVisibility())
                .map((item) => [item.querySelector('b')?.title ?? '', item.querySelector('a')?.textContent ?? '']));
            for (const [index, call] of expected.slice(0, 10).entries()) {
                const [title, link] = found[index];
                expect(counted(title) === call.samples, title, 'is not', call.samples);
                expect(link.endsWith(`:${call.caller.line}`) || expected[index + 1]?.samples === call.samples || expected[index - 1]?.samples === call.samples,
                    link, 'is not line', call.caller.line);
                const [, shares] = /, ([\d.]+) %/.exec(title);
                expect(Math.abs(shares - percent(call.samples, fn.total)) < 0.06, title, 'of', fn.total);
            }
            const own = await row.locator('td > p b').evaluateAll((all) => all.map((b) => Number.parseInt(b.title, 10)));
            expect(own.at(-1) === fn.total && (fn.self === 0 || own[0] === fn.self), 'the function has', own);
            said.push(found.length);
        });
    }
    return `${fn.qualname}: ${said.join(', ')} callers`;
}

// A page that would weigh too much leaves callers out: with a script they can be opened, and are all that the page's data
// have, with the numbers that --json has.
async function othersOf({ browser, large }) {
    const many = (file) => /<ul class=i>(?:(?!<\/ul>).)*and (\d+) others/.exec(readFileSync(large.path(file.page), 'utf8'));
    const file = large.data.files.find(many);
    let opened = 0;
    await withPage(browser, {}, async (page) => {
        await page.goto(large.url(file.page));
        const lists = page.locator('.i:has(> li:last-child:not(:has(b)))').filter({ hasText: /and \d+ others/ });
        for (let left = Math.min(3, await lists.count()); left > 0; left--) {
            const id = await lists.first().evaluate((list) => list.closest('tr').id), row = page.locator(`#${id}`), line = Number(id.slice(1));
            await row.locator('th a').click();
            const others = row.locator('.i').getByRole('button', { name: /and \d+ others/ });
            const hidden = Number(/\d+/.exec(await others.textContent()));
            const before = await row.locator('.i > li > b').count();
            await others.click();
            await others.waitFor({ state: 'detached' });
            const found = await row.locator('.i > li').evaluateAll((all) => all.filter((item) => item.querySelector('b'))
                .map((item) => [Number.parseInt(item.querySelector('b').title, 10), item.querySelector('a').textContent, item.querySelector('a').href]));
            expect(found.length === before + hidden, found.length, 'callers are', before, 'and', hidden);
            const expected = large.data.calls.filter(({ callee }) => callee.path === file.path && callee.line === line);
            expect(expected.length === found.length, 'there are', expected.length, 'callers, shown', found.length);
            for (const { samples, caller } of expected) {
                const at = found.findIndex(([count, text, href]) => count === samples && text.endsWith(`:${caller.line}`) && href.endsWith(`#L${caller.line}`));
                expect(at >= 0, 'no caller with', samples, 'at line', caller.line);
                found.splice(at, 1);
            }
            opened++;
        }
        // They are counted under filters, too.
        await page.evaluate(() => heatmap.view.set({ basis: 'wall', unit: 'samples' }));
        await page.waitForFunction(() => document.body.classList.contains('filtered'));
        expectNone(page.faults, 'faults');
    });
    expect(opened > 0, 'no list was too long');
    return `${opened} lists`;
}

// Parts of lines: underlined, with counts and text that --json and the source have.
async function parts({ browser, site }) {
    const several = site.data.files.filter((file) => file.source === 'embedded').flatMap((file) => file.lines.map((line) => ({ ...line, file })))
        .filter((line) => (line.expressions ?? []).filter((part) => part.total > 0).length > 1)
        .sort((a, b) => b.total - a.total);
    expect(several.length > 0, 'no line has several parts');
    let marks = 0;
    for (const javaScript of [false, true]) {
        await withPage(browser, { javaScript }, async (page) => {
            let seen = 0;
            for (const { file, line, expressions } of several) {
                if (seen === 4 || !/<ul class=e>/.test(readFileSync(site.path(file.page), 'utf8'))) continue; // a page that would weigh too much has none
                seen++;
                await page.goto(site.url(`${file.page}#L${line}`));
                const text = Buffer.from(readFileSync(file.path, 'utf8').split(/\r\n|\r|\n/)[line - 1]);
                const known = expressions.map((part) => [text.subarray(part.column, part.end_line > line ? text.length : part.end_column).toString(), part.total]);
                const found = await page.locator(`#L${line} u`).evaluateAll((all) => all.map((u) => [u.textContent, Number.parseInt(u.title, 10)]));
                for (const [words, total] of found) {
                    marks++;
                    expect(known.some(([a, b]) => a === words && b === total), file.page, line, words, total, 'is none of', JSON.stringify(known));
                }
                const list = page.locator(`#L${line} .e`);
                const listed = await list.locator('code').allTextContents();
                expect(await list.isVisible() && listed.length > 1, 'no list of parts at line', line, 'of', file.page);
                const tops = await page.locator(`#L${line} > td:nth-child(4)`).evaluate((cell) => {
                    const range = document.createRange();
                    range.selectNodeContents(cell);
                    return new Set([...range.getClientRects()].map((box) => Math.round(box.top / 8))).size;
                });
                if (text.length < 100) expect(tops === 1, 'line', line, 'of', file.page, 'is broken in', tops, 'where it is opened');
            }
        });
    }
    expect(marks > 0, 'no part is underlined');
    return `${marks} parts`;
}

async function units({ browser, site }) {
    const { file, line, self, total } = site.hottest;
    const { weight_s: seconds, count: n } = site.data.samples;
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(file.page));
        const cell = (index) => page.locator(`#L${line} td`).nth(index).textContent().then((text) => text.replace(/[\s\u2007,]/g, ''));
        const press = (name) => page.getByRole('button', { name, exact: true }).click();
        const first = await cell(0);
        await press('samples');
        expect(Number(await cell(0)) === self && Number(await cell(1)) === total, 'samples:', await cell(0), 'not', self);
        await press('time');
        const unit = (await page.locator('.columns span').nth(1).textContent()).trim().split(' ')[1];
        const shown = Number(await cell(0)) / (unit === 'ms' ? 1000 : 1);
        expect(Math.abs(shown - self * seconds) <= 0.006, 'time:', shown, 'not', self * seconds);
        expect(page.url().endsWith('#&unit=time'), page.url(), 'does not have the unit');
        await page.reload();
        expect(Math.abs(Number(await cell(0)) / (unit === 'ms' ? 1000 : 1) - self * seconds) <= 0.006, 'the address does not keep the unit');
        await press('%');
        expect(await cell(0) === first && Math.abs(Number(first) - percent(self, n)) < 0.06, 'percent:', await cell(0), 'not', first);
        expect(!page.url().includes('#'), page.url(), 'keeps the unit');
    });
}

// By the scale of all files, the steps of a file that is not the hottest fall.
async function scale({ browser, site }) {
    const [, second] = [...site.data.files].filter((file) => file.source === 'embedded').sort((a, b) => b.self - a.self);
    const most = Math.max(...site.data.files.flatMap((file) => file.lines.map((line) => line.self)));
    const hottest = [...second.lines].sort((a, b) => b.self - a.self)[0];
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(second.page));
        const step = () => page.locator(`#L${hottest.line}`).evaluate((row) => Number(/s(\d)/.exec(row.className)[1]));
        const own = await step();
        await page.getByRole('button', { name: 'all files' }).click();
        const among = await step();
        const { self } = hottest;
        const wanted = self >= most ? 8 : 1 + Math.floor((7 * Math.log(self)) / Math.log(most));
        expect(among === Math.min(wanted, 1 + Math.ceil(Math.log2(self))), 'step', among, 'for', self, 'of', most);
        expect(among <= own, 'it rose from', own);
        await page.getByRole('button', { name: 'this file' }).click();
        expect(await step() === own, 'it is not as before');
    });
}

// One line, several, and again; j, k, o; what is folded.
async function selection({ browser, site }) {
    const { file, line } = site.hottest;
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(`${file.page}#L${line}&unit=samples`));
        const here = () => page.locator('.here').evaluateAll((all) => all.map((line) => Number(line.id.slice(1))));
        expect(String(await here()) === String(line), 'here is', await here());
        expect(await page.locator('.open').count() === 1, 'the line is not open');
        const next = await page.evaluate((id) => (document.querySelectorAll(`#${id} ~ tr`)[2] ?? [...document.querySelectorAll('.code tr')].at(-1)).id, `L${line}`);
        await page.locator(`#${next} th a`).click({ modifiers: ['Shift'] });
        const to = Number(next.slice(1));
        expect(page.url().includes(`#L${line}-L${to}&unit=samples`), page.url());
        expect((await here()).length === to - line + 1, 'here are', await here());
        await page.reload();
        expect((await here()).length === to - line + 1, 'the address does not keep the range:', await here());
        await page.locator(`#L${line} th a`).click();
        expect(String(await here()) === String(line) && await page.locator('.open').count() === 1, 'a click chooses', await here());
        await page.locator(`#L${line} th a`).click();
        expect(await page.locator('.open').count() === 0 && String(await here()) === String(line), 'a second click does not close it');
        await page.keyboard.press('o');
        expect(await page.locator('.open').count() === 1, 'o does not open it');
        await page.keyboard.press('j');
        const [below] = await here();
        expect(below > line && await page.locator('.open').count() === 0, 'j leads to', below);
        await page.keyboard.press('k');
        expect(String(await here()) === String(line), 'k leads to', await here());
    });
}

// Selected lines are what is put on the clipboard; of none the hottest.
async function markdown({ browser, site }) {
    const { file, line, self } = site.hottest;
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(`${file.page}#L${line}&unit=samples`));
        const copy = async () => {
            await page.evaluate(() => {
                window.text = null;
                const set = DataTransfer.prototype.setData;
                DataTransfer.prototype.setData = function (type, text) { window.text = text; return set.call(this, type, text); };
            });
            await page.keyboard.press('c');
            return page.evaluate(() => window.text);
        };
        const source = await page.locator(`#L${line} td`).nth(2).textContent();
        const one = await copy();
        expect(one?.includes(`line ${line}`) && one.includes(file.path), 'copied is', one);
        const row = one.split('\n').find((words) => words.trim().startsWith(`${line} `)) ?? '';
        expect(row.endsWith(source.trimEnd()) && row.replaceAll(',', '').includes(` ${self} `), 'the line is', row);
        expect(/^```text$/m.test(one) && /^```$/m.test(one), 'no block of code in', one);
        await page.goto('about:blank');
        await page.goto(site.url(file.page));
        const ten = await copy();
        expect(ten.includes('hottest lines') && ten.split('\n').some((words) => words.trim().startsWith(`${line} `)), 'copied is', ten);
    });
}

async function keys({ browser, site }) {
    const ranked = [...site.data.files].sort((a, b) => b.self - a.self || b.total - a.total || (a.path < b.path ? -1 : 1));
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(ranked[1].page));
        await page.keyboard.press('?');
        const dialog = page.getByRole('dialog');
        const listed = await dialog.locator('kbd').allTextContents();
        for (const key of ['n', 'N', 'j', 'k', 's', 't', '[', ']', '/', '?', 'c', 'o'])
            expect(listed.includes(key), key, 'is none of', listed);
        await page.keyboard.press('Escape');
        expect(await dialog.count() === 0 || await dialog.isHidden(), 'the keys stay');
        await page.keyboard.press('s');
        expect(page.url().endsWith('#&heat=total'), page.url(), 'after s');
        await page.keyboard.press('[');
        await page.waitForURL((url) => url.href.startsWith(site.url(ranked[0].page)));
        expect(page.url().endsWith('heat=total'), page.url(), 'does not take the heat along');
        await page.keyboard.press(']');
        await page.waitForURL((url) => url.href.startsWith(site.url(ranked[1].page)));
    });
    await withPage(browser, { javaScript: false }, async (page) => { // the same as links
        await page.goto(site.url(ranked[1].page));
        await page.locator('.hotter a').click();
        await page.waitForURL(site.url(ranked[0].page));
    });
}

// The map: what is in sight has a frame; dragging moves it.
async function frame({ browser, site }) {
    const last = (file) => file.lines.at(-1).line;
    const long = [...site.data.files].filter((file) => file.source === 'embedded').sort((a, b) => last(b) - last(a))[0];
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(long.page));
        const box = page.locator('.map .box');
        const before = await box.boundingBox();
        await page.mouse.move(before.x + 5, 300);
        await page.mouse.down();
        await page.mouse.move(before.x + 5, 600, { steps: 3 });
        await page.mouse.up();
        await page.waitForFunction(() => {
            const { top, height } = document.querySelector('.map .box').getBoundingClientRect();
            return Math.abs(top + height / 2 - 600) < 12;
        });
        expect(await page.evaluate(() => scrollY) > 0, 'the page stays where it is');
    });
}

// Source that is hard to colour, one line after the other.
async function syntax({ browser, site }) {
    const cases = [
        ['match = re.match(x)', []], ['match x:', ['match']], ['match (a, b):', ['match']], ['match(a, b)', []], ['    case _ if x:', ['case', '_', 'if']],
        ['case = 1', []], ['type X = int', ['type']], ['type(x)', []], ['x.match', []], ['print(None, x.is_ok)', ['None']],
        ['"""in', []], ['if not code', []], ['""" and x', ['and']], ["'it\\'s' in y", ['in']], ['f"{x if y else z}" or w', ['if', 'else', 'or']],
        ['f"{d["if"]} for" and 1', ['and']], ['rb"\\" if', []], ['0 if 1else 2', ['if']], ['f"{{if}}" is x', ['is']], ["f'{x:{y if z else 0}}' in v", ['if', 'else', 'in']],
        ['# if', []], ['x = 1 # "', []], ['@decorated.by(None)', ['None']], ['a @ b', []], ['x = \\', []], ['match', []], ['lazy import x', ['lazy', 'import']],
        ['\u00e9if = "\u{1f600}" if 1 else 2', ['if', 'else']], ["'open", []], ['if closed', ['if']],
    ];
    await withPage(browser, {}, async (page) => {
        await page.goto(site.url(site.hottest.file.page));
        const found = await page.evaluate((lines) => {
            const state = heatmap.python.beginning();
            return lines.map((line) => {
                const words = [];
                heatmap.python.scan(line, state, (kind, from, to) => { if (kind === 'keyword') words.push(line.slice(from, to)); });
                return words;
            });
        }, cases.map(([line]) => line));
        const wrong = cases.flatMap(([line, keywords], index) => (String(found[index]) === String(keywords) ? [] : [`${line}: ${found[index]}`]));
        expectNone(wrong, 'lines are coloured wrongly');
    });
}

export default {
    'tooltips have the samples and their interval': tooltips,
    'callers have counts and shares, behind more, with scripts and without': callersOf,
    'callers that a page has no room for can be opened': othersOf,
    'parts of lines are underlined and listed': parts,
    'numbers are percent, time or samples': units,
    'the scale is of the file or of all files': scale,
    'lines are chosen by clicks and keys, and stay in the address': selection,
    'lines are copied as Markdown': markdown,
    'keys are listed, and lead to other files': keys,
    'the map has a frame that can be dragged': frame,
    'tricky Python has the right keywords': syntax,
};
