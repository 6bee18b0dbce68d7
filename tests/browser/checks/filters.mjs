// The filters, and the address that holds them.
import { readFileSync } from 'node:fs';
import { expect, expectNone } from '../expect.mjs';
import { withPage, withServer } from '../site.mjs';

// Choices stay in the address beside the anchor: on the page, on links to its lines, and on those to other pages.
async function address({ browser, site }) {
    const fileOf = ({ path }) => site.data.files.find((file) => file.path === path);
    const other = [...site.data.calls].sort((a, b) => b.samples - a.samples)
        .find(({ caller, callee }) => caller.path !== callee.path && fileOf(caller)?.source === 'embedded' && fileOf(callee));
    const file = fileOf(other.caller), { line } = file.lines.find(({ line }) => line !== other.caller.line);
    const there = fileOf(other.callee).page;
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

// --- counted a second time, from the scripts with data, in the plainest way

function readScript(site, name) {
    const text = readFileSync(site.path(name), 'utf8');
    return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
}

function* varints(base64) {
    let [value, scale] = [0, 1];
    for (const byte of Buffer.from(base64, 'base64')) {
        value += (byte & 127) * scale;
        scale *= 128;
        if (byte < 128) {
            yield value;
            [value, scale] = [0, 1];
        }
    }
}

function readCells(next, bins) {
    const found = [];
    let series = -1;
    for (let n = next(); n > 0; n--) {
        series += next() + 1;
        const some = bins === 1 ? 1 : next();
        for (let i = 0, bin = -1; i < some; i++) {
            const step = bins === 1 ? 1 : next();
            bin += bins === 1 ? 1 : (step >> 1) + 1;
            found.push({ thread: Math.floor(series / 3), state: series % 3, bin, weight: step & 1 ? next() : 1 });
        }
    }
    return found;
}

// Of what `passes`: { n, file: { self, total }, lines: { line: { self, total } }, functions, as they are in data, callees and
// callers, by what the page calls them }; call: the number of one, or -1.
function recount(site, page, passes, call = -1) {
    const recording = readScript(site, 'recording.js'), data = readScript(site, page.replace(/html$/, 'js'));
    const width = recording.width * 2 ** data.widened;
    const reader = (text) => {
        const all = [...varints(text)].reverse();
        return { next: () => all.pop(), more: () => all.length > 0 };
    };
    const sets = [], spots = data.lines.length, lines = {};
    for (const from = reader(data.sets); from.more();) {
        const set = (sets.at(-1) ?? []).slice(0, from.next());
        for (let n = from.next(); n > 0; n--) set.push((set.length > 0 ? set.at(-1) + 1 : 0) + from.next());
        sets.push(set);
    }
    const sum = (cells, toOne) => cells.filter((cell) => passes({ ...cell, bin: Math.floor(cell.bin / toOne), width }))
        .reduce((all, { weight }) => all + weight, 0);
    const at = (line) => (lines[line] ??= { self: 0, total: 0 });
    const calls = data.calls.map(() => 0), functions = data.functions.map(([name, line]) => ({ name, line, self: 0, total: 0 }));
    let number = 0, through = 0, self = 0;
    for (const from = reader(data.stacks); from.more();) {
        number += from.next();
        const leaf = from.next() - 1, weight = sum(readCells(from.next, data.bins), 1), set = sets[number];
        if (weight === 0 || (call >= 0 && !set.includes(spots + call))) continue;
        through += weight;
        for (const item of set) if (item >= spots) calls[item - spots] += weight;
        if (leaf >= 0) {
            at(data.lines[leaf]).self += weight;
            functions[data.in[leaf]].self += weight;
            self += weight;
        }
        for (const one of new Set(set.filter((item) => item < spots).map((spot) => data.in[spot]))) functions[one].total += weight;
        for (const line of new Set(set.filter((item) => item < spots).map((spot) => data.lines[spot]))) if (line > 0) at(line).total += weight;
    }
    // As the page names them: "line → function", "function:line →".
    const short = (name) => name.split('<locals>.').at(-1);
    const callees = {}, callers = {};
    const add = (to, key, samples) => { to[key] = (to[key] ?? 0) + samples; };
    for (const [index, [from, to]] of data.calls.entries()) {
        const callee = to < 0 ? data.others[-1 - to] : [data.module, ...data.functions[to]];
        const caller = from < 0 ? data.others[-1 - from] : [data.module, data.functions[data.in[from]][0], data.lines[from]];
        if (from >= 0) add(callees, `${caller[2]} ${short(callee[1])}`, calls[index]);
        if (to >= 0) add(callers, `${callee[2]} ${short(caller[1])}:${caller[2]}`, calls[index]);
    }
    const n = call >= 0 ? through : sum(readCells(reader(recording.all).next, recording.bins), 2 ** data.widened);
    return { n, file: { self, total: through }, lines, functions, callees, callers, data, recording };
}

// Of each line that shows any number, in samples: { line: { self, total } }.
const readSamples = (page) => page.evaluate(() => {
    const number = (text) => Number((text ?? '').replaceAll(',', '') || 0);
    const lines = {};
    for (const row of document.querySelectorAll('main tr[id]'))
        lines[row.id.slice(1)] = { self: number(row.children[1].textContent), total: number(row.children[2].textContent) };
    for (const cold of document.querySelectorAll('.cold pre a[data-total]'))
        lines[cold.id.slice(1)] = { self: number(cold.dataset.self), total: number(cold.dataset.total) };
    return lines;
});

async function expectLines(page, expected, what) {
    const words = `of ${String(expected.n).replace(/\B(?=(\d{3})+$)/g, ',')} samples`;
    await page.waitForFunction((words) => document.querySelector('.unit').textContent === words, words)
        .catch(async () => expect(false, what, 'shows', await page.locator('.unit').textContent(), 'and not', words));
    const shown = await readSamples(page);
    const wrong = [...new Set([...Object.keys(shown), ...Object.keys(expected.lines)])].map((line) => [line,
        shown[line] ?? { self: 0, total: 0 }, expected.lines[line] ?? { self: 0, total: 0 }])
        .filter(([, a, b]) => a.self !== b.self || a.total !== b.total);
    expectNone(wrong.map(([line, a, b]) => `${what}, line ${line}: shows ${a.self}, ${a.total}; counted ${b.self}, ${b.total}`), 'lines');
}

// All else that is shown: calls, the file's own numbers, those of its functions, its hottest line. What cannot be counted is
// out of sight.
async function expectRest(page, expected, unfiltered, what) {
    const shown = await page.evaluate(() => {
        const number = (element) => Number(element.textContent.replaceAll(',', '') || 0);
        const isSeen = (element) => getComputedStyle(element).display !== 'none';
        const calls = (kind) => [...document.querySelectorAll(`main tr ${kind} > li`)].filter((item) => item.querySelector('b'))
            .map((item) => ({ line: item.closest('tr').id.slice(1), name: item.querySelector('a, span, b').textContent,
                samples: number(item.querySelector('b')), hidden: item.hidden }));
        return {
            isFiltered: document.body.classList.contains('filtered'),
            callees: calls('.o'), callers: calls('.i'),
            file: [...document.querySelectorAll('header p b')].map(number),
            hottest: [...document.querySelectorAll('header p > a')].map((a) => a.textContent).at(-1),
            functions: [...document.querySelectorAll('main td > p')].map((p) => ({ line: p.closest('tr').id.slice(1), hidden: p.hidden,
                name: p.textContent.replace(/self [\d,]+ total [\d,]+$/, '').trim(), numbers: [...p.querySelectorAll('b')].map(number) })),
            empty: [...document.querySelectorAll('main :is(.i, .o)')].filter((list) => !list.hidden && [...list.children].every((item) => item.hidden)).length,
            parts: [...document.querySelectorAll('main .e')].filter(isSeen).length + document.querySelectorAll('main u[title]:not([title=""])').length,
            others: [...document.querySelectorAll('main li')].filter((item) => /^and \d+ others/.test(item.textContent) && !item.hidden).length,
        };
    });
    if (!shown.isFiltered) return;
    const wrong = [];
    for (const kind of ['callees', 'callers']) {
        const sums = {};
        for (const { line, name, samples, hidden } of shown[kind]) {
            const key = `${line} ${name}`;
            sums[key] = (sums[key] ?? 0) + samples;
            if (hidden !== (samples === 0)) wrong.push(`${kind} ${key} with ${samples} is ${hidden ? 'hidden' : 'shown'}`);
        }
        for (const [key, samples] of Object.entries(sums))
            if (samples !== expected[kind][key]) wrong.push(`${kind} ${key}: shows ${samples}; counted ${expected[kind][key]}`);
    }
    for (const { line, name, numbers, hidden } of shown.functions) {
        const [self, total] = ['self', 'total'].map((which) => expected.functions.filter((one, index) => one.line === Number(line) &&
            unfiltered.functions[index].total > 0 && (name === '' || one.name.split('<locals>.').at(-1) === name))
            .reduce((sum, one) => sum + one[which], 0));
        if (numbers[0] !== self || numbers[1] !== total || hidden !== (total === 0))
            wrong.push(`function ${name} at ${line}: shows ${numbers}${hidden ? ', hidden' : ''}; counted ${self},${total}`);
    }
    if (shown.file[0] !== expected.file.self || shown.file[1] !== expected.file.total)
        wrong.push(`the file: shows ${shown.file}; counted ${expected.file.self},${expected.file.total}`);
    const most = Math.max(0, ...Object.values(expected.lines).map(({ self }) => self));
    // Of a file that has no self as recorded the page names no line.
    if (most > 0 && shown.hottest !== undefined && expected.lines[shown.hottest]?.self !== most) wrong.push(`line ${shown.hottest} is not the hottest`);
    for (const key of ['empty', 'parts', 'others']) if (shown[key] > 0) wrong.push(`${shown[key]} ${key} in sight`);
    expectNone(wrong.map((words) => `${what}, ${words}`), 'numbers');
    return shown.callees.length + shown.callers.length + shown.functions.length;
}

// Every filter and some together, on the hottest page and one of threads, by the address.
async function filters({ browser, site }) {
    const least = { wall: 0, active: 1, gil: 2 };
    const pages = new Set([site.hottest.file.page, site.data.files.find((file) => file.path.endsWith('threading.py'))?.page]);
    let tried = 0, more = 0;
    await withPage(browser, {}, async (page) => {
        for (const name of pages) {
            if (!name) continue;
            const unfiltered = recount(site, name, (cell) => cell.state >= 1), { recording, data } = unfiltered;
            const width = recording.width * 2 ** data.widened, end = data.bins * width;
            const busiest = recording.threads.map((_, thread) => [thread, recount(site, name, (cell) => cell.thread === thread).n])
                .sort((a, b) => b[1] - a[1]);
            for (const [basis, thread, range] of [['wall', -1, null], ['gil', -1, null], ['active', busiest.at(-1)[0], null],
                ['wall', busiest[0][0], [0.1, 0.5]], ['active', -1, [0.4, 0.45]], ['gil', busiest[0][0], [0.2, 0.9]]]) {
                const bins = range && range.map((share) => Math.floor(share * data.bins));
                const choices = [`basis=${basis}`, ...(thread < 0 ? [] : [`thread=${recording.threads[thread][1]}`]),
                    ...(bins ? [`t=${(bins[0] * width).toFixed(6)}-${((bins[1] + 1) * width).toFixed(6)}`] : []), 'unit=samples'];
                const expected = recount(site, name, (cell) => cell.state >= least[basis] && (thread < 0 || cell.thread === thread) &&
                    (!bins || (cell.bin >= bins[0] && cell.bin <= bins[1])));
                await page.goto('about:blank');
                await page.goto(site.url(`${name}#&${choices.join('&')}`));
                await expectLines(page, expected, `${name} ${choices.join('&')}`);
                more += await expectRest(page, expected, unfiltered, `${name} ${choices.join('&')}`);
                tried++;
            }
            expect(end > 0, 'no time');
        }
        expect(page.faults.length === 0, page.faults.join());
    });
    return `${tried} filters, with ${more} calls and functions`;
}

// By hand: the strip dragged over, its ends moved by keys, a call, and all back; as strict as a host may be.
async function controls({ browser, site }) {
    const name = site.hottest.file.page;
    await withServer(site, "default-src 'self'", async (address) => {
        await withPage(browser, {}, async (page) => {
            const active = (cell) => cell.state >= 1;
            const { data, recording, lines: plain, n } = recount(site, name, active);
            const width = recording.width * 2 ** data.widened;
            await page.goto(`${address}${name}#&unit=samples`);
            expect(!page.requested.some((request) => request.endsWith('recording.js')), 'data is loaded before it is wanted');
            const box = await page.locator('.time').boundingBox();
            await page.mouse.move(box.x + box.width * 0.3, box.y + 10);
            await page.mouse.down();
            await page.mouse.move(box.x + box.width * 0.6, box.y + 10, { steps: 4 });
            await page.mouse.up();
            await page.waitForFunction(() => heatmap.view.get('t'));
            const range = () => page.evaluate(() => heatmap.view.get('t').split('-').map(Number));
            const inRange = async () => (await range()).map((time) => Math.round(time / width));
            let [first, last] = await inRange();
            await expectLines(page, recount(site, name, (cell) => active(cell) && cell.bin >= first && cell.bin < last), 'dragging');
            await page.getByRole('slider', { name: 'From' }).press('ArrowRight');
            [first, last] = [first + 1, last];
            await expectLines(page, recount(site, name, (cell) => active(cell) && cell.bin >= first && cell.bin < last), 'a key');
            await page.getByRole('button', { name: 'show all' }).click();
            await expectLines(page, { n, lines: plain }, 'all again');

            const call = page.locator('.code .i > li, .code .o > li').first();
            await call.scrollIntoViewIfNeeded();
            await call.locator('a').focus();
            await call.getByRole('button', { name: 'only' }).click();
            await page.waitForFunction(() => heatmap.view.get('through'));
            const title = await page.locator('.chip').textContent();
            const wanted = await page.evaluate(() => heatmap.view.get('through'));
            const other = (number) => data.others[-1 - number];
            const index = data.calls.findIndex(([from, to]) => {
                const a = from < 0 ? other(from) : [data.module, data.functions[data.in[from]][0], data.lines[from]];
                const b = to < 0 ? other(to) : [data.module, data.functions[to][0]];
                return `${a[0]}:${a[1]}:${a[2]}>${b[0]}:${b[1]}` === wanted;
            });
            expect(index >= 0, wanted, 'is none of the calls');
            const through = recount(site, name, active, index);
            await expectLines(page, through, title);
            await expectRest(page, through, recount(site, name, active), title);
            await page.locator('.chip').click();
            await expectLines(page, { n, lines: plain }, 'the call given up');
            expectNone(page.faults, 'faults');
        });
    });
}

// What the front page shows: rows of the tree by their links, or by their names, and the lists.
const readFront = (page) => page.evaluate(() => {
    const text = (cell) => cell.textContent.trim();
    const row = (element) => ({ name: text(element.firstElementChild), page: element.querySelector('a')?.getAttribute('href'),
        self: text(element.children[1]), total: text(element.children[2]), hidden: element.closest('[hidden]') !== null,
        within: element.closest('p') ? element.parentElement.firstElementChild.textContent : null });
    const list = (which) => [...document.querySelectorAll(`.by-${which} table`)].map((table) => [...table.tBodies[0].rows].map((one) =>
        ({ self: text(one.cells[0]), total: text(one.cells[1]), href: one.querySelector('a').getAttribute('href'), words: text(one.cells[2]) })));
    return {
        rows: [...document.querySelectorAll('.tree :is(p:not([aria-hidden]), summary)')].map(row),
        table: [...document.querySelectorAll('.files tbody tr')].map((one) => ({ page: one.querySelector('a').getAttribute('href'), seen: text(one.cells[2]),
            self: text(one.cells[3]), total: text(one.cells[4]), hidden: one.hidden })),
        self: list('self'), total: list('total'),
        notes: [...document.querySelectorAll('.hottest section > small')].filter((note) => !note.hidden).length,
    };
});
const isPercent = (text, part, n) => (part === 0 ? text === '' : text === '<.01' ? part / n < 0.000096
    : Math.abs(Number(text) - (100 * part) / n) <= ((100 * part) / n >= 0.995 ? 0.0501 : 0.00501));

// Every filter and some together, on the front page, against what the pages of all files count.
async function front({ browser, site }) {
    const least = { wall: 0, active: 1, gil: 2 };
    const files = site.data.files;
    const widened = Math.max(...files.map((file) => readScript(site, file.page.replace(/html$/, 'js')).widened), readScript(site, 'index.js').widened);
    const recording = readScript(site, 'recording.js'), width = recording.width * 2 ** widened, bins = Math.floor(recording.bins / 2 ** widened);
    let tried = 0, compared = 0;
    await withPage(browser, {}, async (page) => {
        for (const [basis, thread, range] of [['wall', -1, null], ['gil', -1, null], ['active', 1, null], ['active', -1, [0.4, 0.6]],
            ['wall', recording.threads.length - 1, [0.1, 0.5]]]) {
            const [first, last] = range ? range.map((share) => Math.floor(share * bins)) : [0, 0];
            const choices = [`basis=${basis}`, ...(thread < 0 ? [] : [`thread=${recording.threads[thread][1]}`]),
                ...(range ? [`t=${(first * width).toFixed(6)}-${((last + 1) * width).toFixed(6)}`] : [])].join('&');
            const passes = (cell) => cell.state >= least[basis] && (thread < 0 || cell.thread === thread) &&
                (!range || (Math.floor((cell.bin * cell.width) / width + 1e-6) >= first && Math.floor((cell.bin * cell.width) / width + 1e-6) <= last));
            const counted = files.map(({ page: name, path }) => ({ name, path, ...recount(site, name, passes) })), { n } = counted[0];
            await page.goto('about:blank');
            await page.goto(site.url(`index.html#&${choices}`));
            await page.waitForFunction(() => document.querySelector('.filtered-by')?.textContent);
            const words = await page.locator('.filtered-by').textContent();
            expect(words.includes(`: ${n.toString().replace(/\B(?=(\d{3})+$)/g, ',')} samples`), words, 'are not', n);
            const shown = await readFront(page), wrong = [];
            const same = (what, one, { self, total }) => {
                compared++;
                if (!isPercent(one.self, self, n) || !isPercent(one.total, total, n)) wrong.push(`${what}: shows ${one.self}, ${one.total}; counted ${self}, ${total} of ${n}`);
            };
            for (const one of counted) {
                const [row, inTable] = [shown.rows, shown.table].map((rows) => rows.find(({ page: at }) => at === one.name));
                same(`row of ${one.path}`, row, one.file);
                same(`${one.path} in the table`, inTable, one.file);
                if (row.hidden !== (one.file.total === 0) || inTable.hidden !== row.hidden) wrong.push(`${one.path} is ${row.hidden ? 'hidden' : 'shown'}`);
                if (inTable.seen !== '') wrong.push(`${one.path} has ${inTable.seen} lines seen`);
            }
            const lines = counted.flatMap((one) => Object.entries(one.lines).map(([line, counts]) => ({ href: `${one.name}#L${line}`, ...counts })));
            const functions = counted.flatMap((one) => one.functions.map(({ line, self, total }) => ({ href: `${one.name}#L${line}`, self, total })));
            const { rest } = readScript(site, 'index.js'); // what is not in the data has no more than that
            const left = Math.max(...rest.lines, ...rest.functions);
            expect(shown.notes === 0 || left > 0, 'something is said to be left out');
            for (const which of ['self', 'total']) for (const [index, all] of [lines, functions].entries()) {
                const expected = [...all].sort((a, b) => b[which] - a[which]).slice(0, 10).filter((one) => one[which] > 0);
                const list = shown[which][index];
                if (left === 0 && list.length !== expected.length) wrong.push(`${list.length} entries by ${which}, counted ${expected.length}`);
                for (const [at, one] of list.entries()) {
                    if ((expected[at]?.[which] ?? 0) > left) same(`entry ${at + 1} by ${which}`, { self: which === 'self' ? one.self : '', total: which === 'total' ? one.total : '' },
                        { self: 0, total: 0, [which]: expected[at]?.[which] ?? 0 });
                    const own = all.filter(({ href }) => href === one.href);
                    if (!own.some(({ self, total }) => isPercent(one.self, self, n) && isPercent(one.total, total, n)))
                        wrong.push(`${one.words} shows ${one.self}, ${one.total}; counted ${JSON.stringify(own)} of ${n}`);
                }
            }
            expectNone(wrong, choices);
            tried++;
        }
        // All again, as the page came.
        const plain = await withPage(browser, {}, async (other) => {
            await other.goto(site.url('index.html'));
            return readFront(other);
        });
        await page.getByRole('button', { name: 'show all' }).click();
        await page.waitForFunction(() => !document.body.classList.contains('filtered'));
        expect(JSON.stringify(await readFront(page)) === JSON.stringify(plain), 'the page does not become what it was');
        expectNone(page.faults, 'faults');
    });
    return `${tried} filters, ${compared} numbers`;
}

// By hand, as strict as a host may be: the strip of the front page, the order of the tree under a filter, and the way to a file.
async function frontControls({ browser, site }) {
    await withServer(site, "default-src 'self'", async (address) => {
        await withPage(browser, {}, async (page) => {
            await page.goto(`${address}index.html#&tree=self`);
            expect(!page.requested.some((request) => /(recording|index)\.js$/.test(request)), 'data is loaded before it is wanted');
            const box = await page.locator('.time').boundingBox();
            await page.mouse.move(box.x + box.width * 0.3, box.y + 10);
            await page.mouse.down();
            await page.mouse.move(box.x + box.width * 0.6, box.y + 10, { steps: 4 });
            await page.mouse.up();
            await page.waitForFunction(() => document.body.classList.contains('filtered'));
            // Rows are in the order of what is shown, which is another one at other times.
            const orders = new Set(), { bins, width } = readScript(site, 'recording.js'), seconds = bins * width;
            for (let part = 0; part < 8; part++) {
                const before = await page.locator('.filtered-by').textContent();
                await page.evaluate((t) => heatmap.view.set({ t }), `${((part * seconds) / 8).toFixed(3)}-${(((part + 1) * seconds) / 8).toFixed(3)}`);
                await page.waitForFunction((before) => document.querySelector('.filtered-by').textContent !== before, before);
                const folders = await page.locator('.tree details').evaluateAll((all) => all.map((folder) => [...folder.children].filter((child) => child.matches('p') && !child.hidden)
                    .map((row) => [row.firstElementChild.textContent, Number(row.children[1].textContent.replace('<', '') || 0)])));
                const unsorted = folders.flatMap((rows) => rows.filter(([, self], index) => index > 0 && rows[index - 1][1] < self));
                expect(unsorted.length === 0, 'rows are not by self:', JSON.stringify(unsorted));
                orders.add(JSON.stringify(folders.map((rows) => rows.map(([name]) => name))));
            }
            expect(orders.size > 1, 'the order is always the same: this shows nothing');
            const t = await page.evaluate(() => heatmap.view.get('t'));
            await page.locator('.by-self td a').first().click();
            await page.waitForFunction(() => document.body.classList.contains('file') && document.body.classList.contains('filtered'));
            expect(await page.evaluate(() => heatmap.view.get('t')) === t, 'the page of a file has another range');
            expectNone(page.faults, 'faults');
        });
    });
}

// Without a script the strip is there, on every page.
async function stripAlone({ browser, site }) {
    await withPage(browser, { javaScript: false }, async (page) => {
        for (const name of site.samples) {
            await page.goto(site.url(name));
            const box = await page.locator('.time svg path').first().boundingBox();
            expect(box.width > 500 && box.height > 5, name, 'has no strip:', JSON.stringify(box));
        }
    });
}

export default {
    'choices stay in the address': address,
    'filters show what is counted a second time': filters,
    'the strip, keys and calls filter, under a strict policy': controls,
    'the front page counts anew what passes': front,
    'the strip of the front page filters, under a strict policy': frontControls,
    'the strip of time is there without JavaScript': stripAlone,
};
