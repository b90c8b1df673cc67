//! Any pattern on any text: refused, or it ends within its budget with captures in range.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tvm_regexp::{Budget, Flags, Input, Pattern, Program, Scratch};

struct Fuel(u64);

impl Budget for Fuel {
    fn spend(&mut self, steps: u64) -> bool {
        self.0 = self.0.saturating_sub(steps);
        self.0 > 0
    }
}

fuzz_target!(|input: (u8, &str, &str)| {
    let (how, pattern, text) = input;
    let letters = "imsuvy".chars().enumerate().filter(|(i, _)| how & (1 << i) != 0).map(|(_, letter)| letter);
    let Some(flags) = Flags::parse(letters) else { return };
    let Ok(program) = Program::compile(Pattern::Str(pattern), flags) else { return };
    let units: Vec<u16> = text.encode_utf16().collect();
    let latin: Option<Vec<u8>> = units.iter().map(|&unit| u8::try_from(unit).ok()).collect();
    let mut check = |input: Input<'_>, length: usize| {
        let mut scratch = Scratch::new();
        let found = program.exec(input, 0, how & 64 != 0, &mut scratch, &mut Fuel(300_000));
        let whole = (found == Ok(true)).then(|| scratch.capture(0).expect("a match has a place"));
        if let Some((start, end)) = whole {
            assert!(start <= end && end <= length);
        }
        found.ok().map(|_| whole)
    };
    let wide = check(Input::Utf16(&units), units.len());
    if let Some(latin) = &latin {
        let narrow = check(Input::Latin1(latin), latin.len());
        if let (Some(wide), Some(narrow)) = (wide, narrow) {
            assert_eq!(wide, narrow, "both forms of a string match alike");
        }
    }
});
