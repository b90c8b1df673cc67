//! The parser's diagnostics in V8's words.
//!
//! Programs print these messages and some test for them, so they are worded as
//! V8 words them. Where the parser only says that it could not go on, the
//! character it stopped at decides.

/// Words shared by all diagnostics of the parser.
const PREFIX: &str = "Invalid regular expression: ";

const INVALID_IN_CLASS: &str = "Invalid character in character class";

/// How a diagnostic is told, by the beginning of its text.
enum Wording {
    /// Always the same.
    Fixed(&'static str),
    /// By the character parsing stopped at; the text is for the end of input.
    StoppedInTerm(&'static str),
    StoppedInClass(&'static str),
    /// An escape that is none.
    Escape,
    /// A property escape; told differently inside a class.
    Property,
}

const WORDINGS: [(&str, Wording); 28] = [
    ("Could not parse the entire pattern", Wording::StoppedInTerm("Unterminated group")),
    ("Unterminated capturing group", Wording::StoppedInTerm("Unterminated group")),
    ("Unterminated ignore group", Wording::StoppedInTerm("Unterminated group")),
    ("Unterminated lookaround assertion", Wording::StoppedInTerm("Unterminated group")),
    ("Unterminated character class", Wording::StoppedInClass("Unterminated character class")),
    ("Unterminated nested class", Wording::StoppedInClass("Unterminated character class")),
    ("Unterminated class string disjunction", Wording::Fixed(INVALID_IN_CLASS)),
    ("Unterminated unicode property escape", Wording::Property),
    ("Invalid unicode property", Wording::Property),
    ("Property name", Wording::Property),
    ("Lone quantifier found", Wording::Fixed("Nothing to repeat")),
    ("Invalid braced quantifier", Wording::Fixed("Nothing to repeat")),
    ("Invalid extended atom escape", Wording::Escape),
    ("Invalid class atom", Wording::Escape),
    ("Invalid indexed reference", Wording::Fixed("Invalid escape")),
    ("Invalid character class with strings", Wording::Fixed("Negated character class may contain strings")),
    ("Invalid class operands", Wording::Fixed("Negated character class may contain strings")),
    ("Character class range with invalid atom", Wording::Fixed("Invalid character class")),
    ("Character class range out of order", Wording::Fixed("Range out of order in character class")),
    ("Character class atom range", Wording::Fixed("Range out of order in character class")),
    ("Character class set range", Wording::Fixed("Range out of order in character class")),
    ("Expected nonempty class set", Wording::StoppedInClass("Unterminated character class")),
    ("Unexpected `&`", Wording::Fixed(INVALID_IN_CLASS)),
    ("Unexpected character inside of class", Wording::StoppedInClass("Unterminated character class")),
    ("Numbers out of order", Wording::Fixed("numbers out of order in {} quantifier")),
    ("Invalid unicode escape", Wording::Fixed("Invalid Unicode escape")),
    ("Number is too large in hex", Wording::Fixed("Invalid Unicode escape")),
    ("Duplicated modifier", Wording::Fixed("Repeated flag in flag group")),
];

/// The wording for a diagnostic whose labelled stretch ends at `stop`.
pub(super) fn reworded(diagnostic: &str, text: &str, stop: usize) -> &'static str {
    let diagnostic = diagnostic.strip_prefix(PREFIX).unwrap_or(diagnostic);
    let wording = WORDINGS.iter().find(|row| diagnostic.starts_with(row.0)).map(|row| &row.1);
    let (before, rest) = text.split_at_checked(stop).unwrap_or((text, ""));
    match wording {
        Some(Wording::Fixed(message)) => message,
        Some(Wording::StoppedInTerm(at_end)) => stopped_in_term(before, rest, at_end),
        Some(Wording::StoppedInClass(at_end)) => stopped_in_class(rest, at_end),
        Some(Wording::Escape) => escape(rest),
        Some(Wording::Property) if is_in_class(before) => "Invalid property name in character class",
        Some(Wording::Property) => "Invalid property name",
        // What is left concerns the part between `(?` and `:`.
        None => "Invalid group",
    }
}

fn stopped_in_term(before: &str, rest: &str, at_end: &'static str) -> &'static str {
    if before.ends_with('\\') {
        return escape(rest);
    }
    match rest.as_bytes() {
        [] => at_end,
        [b')', ..] => "Unmatched ')'",
        [b'{', b'0'..=b'9', ..] => "Incomplete quantifier",
        [b'{' | b'}' | b']', ..] => "Lone quantifier brackets",
        [b'*' | b'+' | b'?', ..] => "Nothing to repeat",
        _ => "Invalid group",
    }
}

fn stopped_in_class(rest: &str, at_end: &'static str) -> &'static str {
    match rest.as_bytes() {
        [] => at_end,
        [b'-', second, ..] if *second != b'-' => INVALID_IN_CLASS,
        [first, second, ..] if first == second => "Invalid set operation in character class",
        _ => INVALID_IN_CLASS,
    }
}

fn escape(rest: &str) -> &'static str {
    match rest.as_bytes() {
        [b'u' | b'c', ..] => "Invalid Unicode escape",
        [] => "\\ at end of pattern",
        _ => "Invalid escape",
    }
}

/// Whether text that ends in the middle of a property escape ends in a class.
fn is_in_class(before: &str) -> bool {
    let mut open = false;
    let mut bytes = before.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => _ = bytes.next(),
            b'[' => open = true,
            b']' => open = false,
            _ => {}
        }
    }
    open
}
