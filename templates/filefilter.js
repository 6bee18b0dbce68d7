// The filters of a file's page: what came of a thread, a process, a state, a range of time, or through a call, counted
// anew from the page's stacks.
heatmap.ready('file', () => {
  const { element, view, page, cells, top } = heatmap;
  if (!page) return;
  const here = location.href.replace(/#.*/, '').slice(top.length); // this page's name
  let own = null; // what the page's script brings

  const take = (data) => {
    const sets = [], selves = [], setOf = [];
    let set = [];
    for (const from = cells.read(data.sets); from.more();) {
      set = set.slice(0, from.next());
      for (let left = from.next(); left > 0; left--) set.push(set.length > 0 ? set.at(-1) + 1 + from.next() : from.next());
      sets.push(set);
    }
    const { rows, take: takeCells } = cells.table(data.bins);
    let number = 0;
    for (const from = cells.read(data.stacks); from.more();) {
      number += from.next();
      setOf.push(number);
      selves.push(from.next() - 1);
      takeCells(from);
    }
    own = { ...data, sets, setOf, selves, cells: rows };
    own.ends = own.calls.map(ends);
    own.callsNamed = new Map();
    for (const [call, both] of own.ends.entries()) {
      const name = callName(both);
      own.callsNamed.set(name, [...(own.callsNamed.get(name) ?? []), call]);
    }
    return own;
  };

  // --- calls
  const shortName = (name) => name.slice(name.includes('<locals>.') ? name.lastIndexOf('<locals>.') + 9 : 0);
  // Both ends of a call: where it is, what it is called.
  const ends = ([caller, callee]) => {
    const other = (number) => {
      const [module, name, line, at] = own.others[-1 - number];
      return { module, name, line, page: at };
    };
    return {
      from: caller < 0 ? other(caller)
        : { module: own.module, name: own.functions[own.in[caller]][0], line: own.lines[caller], page: here },
      to: callee < 0 ? other(callee)
        : { module: own.module, name: own.functions[callee][0], line: own.functions[callee][1], page: here },
    };
  };
  const callName = ({ from, to }) => `${from.module}:${from.name}:${from.line}>${to.module}:${to.name}`;
  const callTitle = ({ from, to }) => `${shortName(from.name)}:${from.line} → ${shortName(to.name)}`;
  // What a call is on the page: the line of its row, and its link.
  const onPage = (isCaller, { from, to }) => (isCaller
    ? `i ${to.line} ${from.page} ${from.line} ${shortName(from.name)}:${from.line}`
    : `o ${from.line} ${to.page} ${to.line} ${shortName(to.name)}`);
  const ofLink = ({ caller, line, link }) => {
    const [address, fragment] = (link.href ?? '').split('#');
    const at = decodeURI(address).startsWith(decodeURI(top)) ? address.slice(top.length) : '';
    return `${caller ? 'i' : 'o'} ${line} ${at} ${/^L(\d+)/.exec(fragment ?? '')?.[1] ?? 0} ${link.textContent}`;
  };
  const throughCall = () => own.callsNamed.get(view.get('through'));

  // --- counting
  const count = (filter) => {
    const { sets, setOf, selves, lines: lineOf, functions } = own, spots = lineOf.length;
    const stacks = cells.sum(own.cells, filter);
    const passes = filter.calls && sets.map((set) => set.some((item) => filter.calls.has(item)));
    const found = { n: 0, file: { self: 0, total: 0 }, lines: new Map(), functions: functions.map(() => ({ self: 0, total: 0 })),
      calls: new Float64Array(own.calls.length) };
    const line = (number) => {
      if (!found.lines.has(number)) found.lines.set(number, { self: 0, total: 0 });
      return found.lines.get(number);
    };
    for (let i = 0; i < stacks.length; i++) {
      const weight = stacks[i];
      if (weight === 0 || (passes && !passes[setOf[i]])) continue;
      found.file.total += weight;
      if (selves[i] >= 0) {
        found.file.self += weight;
        line(lineOf[selves[i]]).self += weight;
        found.functions[own.in[selves[i]]].self += weight;
      }
      let before = 0; // spots of a line are neighbours; those of a function are not
      const touched = new Set();
      for (const item of sets[setOf[i]]) {
        if (item >= spots) {
          found.calls[item - spots] += weight;
          continue;
        }
        if (lineOf[item] !== before && lineOf[item] !== 0) line(lineOf[item]).total += weight;
        before = lineOf[item];
        touched.add(own.in[item]);
      }
      for (const one of touched) found.functions[one].total += weight;
    }
    found.n = filter.calls ? found.file.total : filters.samples(filter);
    return found;
  };

  // --- the page's own controls, and what it shows
  const chip = element('button', { type: 'button', className: 'chip', hidden: true, onclick: () => view.set({ through: null }) });
  const begin = (_, { select, panel }) => {
    const all = count(filters.everything());
    own.isRecorded = all.functions.map(({ total }) => total > 0);
    if (own.calls.length > 0) {
      select('through', 'through', 'any call', [...own.callsNamed]
        .map(([name, calls]) => ({ name, calls, samples: calls.reduce((most, call) => Math.max(most, all.calls[call]), 0) }))
        .sort((a, b) => b.samples - a.samples)
        .map(({ name, calls }) => [name, callTitle(own.ends[calls[0]])]));
    }
    panel.append(chip);
  };
  const choose = (filter) => {
    const calls = throughCall();
    filter.calls = calls ? new Set(calls.map((call) => own.lines.length + call)) : null;
    return Boolean(calls);
  };
  const show = (filter) => {
    chip.hidden = !throughCall();
    if (throughCall()) chip.textContent = `× through ${callTitle(own.ends[throughCall()[0]])}`;
    if (!filter) {
      page.show(null);
      return page.recorded.n;
    }
    const found = count(filter);
    const shownCalls = new Map();
    for (const [call, both] of own.ends.entries()) {
      for (const key of [both.to.page === here && onPage(true, both), both.from.page === here && onPage(false, both)]) {
        if (key) shownCalls.set(key, (shownCalls.get(key) ?? 0) + found.calls[call]);
      }
    }
    page.show({ n: found.n, lines: found.lines, file: found.file, functions: own.functions.map(([, line], index) => ({ line, isRecorded: own.isRecorded[index], ...found.functions[index] })),
      call: (call) => shownCalls.get(ofLink(call)) ?? 0 });
    return found.n;
  };
  const limits = () => [...(own.calls_left_out ? ['calls are left out here'] : []),
    ...(document.querySelector('.code .e') ? ['parts of lines are not counted under filters'] : [])];

  const filters = heatmap.filters({ key: 'through', callback: 'stacks', recorded: page.recorded.n, take, begin, choose, show, limits,
    place: (button) => document.querySelector('.bar .tools').prepend(button),
    words: (filter) => (filter.calls ? ['what came through this call'] : []),
    tooMuch: 'This file was in too many different stacks for filters.' });
  if (!filters) return;

  // --- only through this call: a button at every call that one comes to
  const only = async (event) => {
    const item = event.target.closest?.('.code .i > li, .code .o > li');
    const call = item && !item.querySelector('.only') && page.calls.find(({ link }) => link.parentElement === item);
    if (!call) return;
    item.append(element('button', { type: 'button', className: 'only', title: 'count only the samples that came through this call',
      onclick: async () => {
        if (!(await filters.load()) || own.calls_left_out) return;
        const wantedCall = ofLink(call);
        const both = own.ends.find((one) => onPage(call.caller, one) === wantedCall);
        if (both) view.set({ through: callName(both) });
      } }, 'only'));
  };

  // --- "and n others": of a list that was too long for the page, from the page's data
  const openOthers = async (list, words) => {
    if (!(await filters.load()) || own.calls_left_out) {
      words.textContent += ', too many for this page; --json has them';
      return;
    }
    const { calls } = count(filters.everything()), line = Number(list.closest('tr').id.slice(1)), isCaller = list.className === 'i';
    const known = new Set(page.calls.filter(({ link }) => link.closest('ul') === list).map(ofLink)), found = new Map();
    for (const [call, both] of own.ends.entries()) {
      const [near, far] = isCaller ? [both.to, both.from] : [both.from, both.to], key = onPage(isCaller, both);
      if (near.page !== here || near.line !== line || known.has(key) || calls[call] === 0) continue;
      found.set(key, { far, samples: (found.get(key)?.samples ?? 0) + calls[call] });
    }
    for (const { far, samples } of [...found.values()].sort((a, b) => b.samples - a.samples)) {
      const text = `${shortName(far.name)}${isCaller ? `:${far.line}` : ''}`;
      const link = far.page ? element('a', { href: `${far.page === here ? '' : top + far.page}#L${far.line}` }, text) : element('span', {}, text);
      const item = element('li', {}, link, ' ', element('b', { title: String(samples) }));
      words.before(item);
      page.addCall(item);
    }
    words.remove();
  };
  const others = (event) => {
    for (const words of event.target.closest?.('tr')?.querySelectorAll(':is(.i, .o) > li:last-child') ?? []) {
      if (words.childElementCount > 0 || !/^and \d+ others/.test(words.textContent)) continue;
      words.replaceChildren(element('button', { type: 'button', className: 'only', onclick: () => openOthers(words.parentElement, words) }, words.textContent));
    }
  };
  for (const event of ['pointerover', 'focusin', 'click']) {
    document.querySelector('.code').addEventListener(event, only);
    document.querySelector('.code').addEventListener(event, others);
  }
});
