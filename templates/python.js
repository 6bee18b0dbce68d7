// Colours Python's syntax. Needs no markup: the browser is told of ranges of plain text, and where it cannot colour those
// (CSS Custom Highlight API), the code stays as it is.
heatmap.ready('file', () => {
  if (!globalThis.CSS?.highlights) return;

  const KEYWORDS = 'and as assert async await break class continue def del elif else except False finally for from global ' +
    'if import in is lambda None nonlocal not or pass raise return True try while with yield';
  const TOKEN = new RegExp([
    /(?<comment>#.*)/,
    /(?<triple>(?<!\w)[rbuft]{0,2}(?:"""|'''))/i,
    /(?<string>(?<!\w)[rbuft]{0,2}(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?))/i,
    new RegExp(`(?<keyword>(?<![\\w.])(?:${KEYWORDS.replaceAll(' ', '|')})(?!\\w))`),
  ].map((part) => part.source).join('|').replaceAll('[rbuft]', '[rbuftRBUFT]'), 'g');

  const highlights = {};
  for (const kind of ['comment', 'string', 'keyword']) {
    highlights[kind] = new Highlight();
    CSS.highlights.set(kind, highlights[kind]);
  }

  // The end of a string with three quotes from `from` on, or -1: escaped quotes do not end it.
  const endOf = (quotes, text, from) => {
    for (let at = from; at < text.length; at++) {
      if (text[at] === '\\') at++;
      else if (text.startsWith(quotes, at)) return at + 3;
    }
    return -1;
  };

  let open = ''; // the quotes of a string that began in an earlier line
  const colour = (node) => {
    const text = node.data;
    const mark = (kind, from, to) =>
      highlights[kind].add(new StaticRange({ startContainer: node, startOffset: from, endContainer: node, endOffset: to }));
    const rest = (from, start) => { // of a string with three quotes: where the line goes on, or its end
      const end = endOf(open, text, from);
      mark('string', start, end < 0 ? text.length : end);
      if (end >= 0) open = '';
      return end < 0 ? text.length : end;
    };
    TOKEN.lastIndex = open ? rest(0, 0) : 0;
    for (let token; (token = TOKEN.exec(text));) {
      const { comment, triple, string } = token.groups;
      if (triple) {
        open = triple.slice(-3);
        TOKEN.lastIndex = rest(TOKEN.lastIndex, token.index);
      } else {
        mark(comment ? 'comment' : string ? 'string' : 'keyword', token.index, TOKEN.lastIndex);
      }
    }
    TOKEN.lastIndex = 0;
  };

  // A long file, a part at a time, so that the page answers meanwhile.
  const lines = document.querySelectorAll('.code td:nth-child(4), .cold pre a');
  const AT_ONCE = 400;
  const colourFrom = (first) => {
    for (let i = first; i < first + AT_ONCE && i < lines.length; i++) {
      const node = lines[i].matches('a') ? lines[i].nextSibling : lines[i].firstChild;
      if (node?.nodeType === Node.TEXT_NODE) colour(node);
    }
    if (first + AT_ONCE < lines.length) setTimeout(colourFrom, 0, first + AT_ONCE);
  };
  colourFrom(0);
});
