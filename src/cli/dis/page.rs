//! Listings as one page that needs nothing else: forms of a function in columns, their lines linked by line of source.

use std::fmt::Write;

use super::super::html::escaped;
use super::tiers::{Listing, Section, Shown};

const HEAD: &str = "<!doctype html>
<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<title>tvm dis --tiers</title>
<style>
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #6a6f78; --line: #d9dce1; --paper: #fff; --on: #ffe9a8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #9aa0a9; --line: #3a3f47; --paper: #17191c; --on: #5a4a12; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 1rem; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .3rem; }
p, ul, .soft { color: var(--soft); margin: .2rem 0; }
.columns { display: flex; gap: .5rem; overflow-x: auto; }
.column { flex: 1 0 auto; max-width: 46rem; border: 1px solid var(--line); }
.column.shut { flex: 0 0 auto; }
.column.shut .lines { display: none; }
.column > button { display: block; width: 100%; font: inherit; font-weight: 600; text-align: left; color: inherit; background: none; border: 0; border-bottom: 1px solid var(--line); padding: .2rem .5rem; cursor: pointer; }
.lines { font: 12px/1.4 ui-monospace, monospace; height: 75vh; overflow: auto; white-space: pre; position: relative; }
.lines div { padding: 0 .5rem; min-height: 1.4em; }
.lines div[data-line] { cursor: pointer; }
.lines div.on { background: var(--on); }
</style>
";

/// Lines of one source line light up together; a click brings them into view in every column.
const SCRIPT: &str = "<script>
for (const section of document.querySelectorAll('section')) {
  let lit = [];
  const same = (from) => {
    const line = from.closest('[data-line]')?.dataset.line;
    return line ? [...section.querySelectorAll(`[data-line='${line}']`)] : [];
  };
  section.addEventListener('mouseover', (event) => {
    for (const line of lit) line.classList.remove('on');
    lit = same(event.target);
    for (const line of lit) line.classList.add('on');
  });
  section.addEventListener('click', (event) => {
    if (event.target.tagName === 'BUTTON') event.target.parentNode.classList.toggle('shut');
    const from = event.target.closest('.lines');
    const seen = new Set([from]);
    for (const line of same(event.target)) {
      const column = line.parentNode;
      if (seen.has(column)) continue;
      seen.add(column);
      column.scrollTop = line.offsetTop - column.clientHeight / 3;
    }
  });
}
</script>
";

/// The page.
pub fn page(shown: &Shown, file: &str) -> String {
    let mut html = HEAD.to_owned();
    let _ = writeln!(html, "<h1>{}</h1>", escaped(file));
    html.push_str(
        "<p>Lines of the same source line light up together; a click shows them in every column. Columns open and \
         shut by their heads.</p>\n<ul>\n",
    );
    for (number, listing) in shown.listings.iter().enumerate() {
        let _ = writeln!(html, "<li><a href=\"#code{number}\">{}</a></li>", escaped(&listing.title));
    }
    for remark in &shown.remarks {
        let _ = writeln!(html, "<li>{}</li>", escaped(remark));
    }
    html.push_str("</ul>\n");
    for (number, of) in shown.listings.iter().enumerate() {
        listing(&mut html, number, of);
    }
    html + SCRIPT + "</html>\n"
}

fn listing(html: &mut String, number: usize, listing: &Listing) {
    let _ = writeln!(html, "<section id=\"code{number}\"><h2>{}</h2>", escaped(&listing.title));
    for note in &listing.notes {
        let _ = writeln!(html, "<p>{}</p>", escaped(note));
    }
    html.push_str("<div class=\"columns\">\n");
    for section in &listing.sections {
        column(html, section);
    }
    html.push_str("</div></section>\n");
}

fn column(html: &mut String, section: &Section) {
    let _ = write!(
        html,
        "<div class=\"column\"><button type=\"button\">{}</button><div class=\"lines\">",
        section.name
    );
    for line in &section.lines {
        let text = escaped(&line.text);
        let _ = match line.source {
            Some((unit, source, number)) if line.place.is_empty() => {
                write!(html, "<div data-line=\"{unit}.{source}.{number}\">{text}</div>")
            }
            Some((unit, source, number)) => write!(
                html,
                "<div data-line=\"{unit}.{source}.{number}\" title=\"{}\">{text}</div>",
                escaped(&line.place)
            ),
            None => write!(html, "<div class=\"soft\">{text}</div>"),
        };
    }
    html.push_str("</div></div>\n");
}
