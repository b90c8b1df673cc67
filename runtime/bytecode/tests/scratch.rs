//! x
use std::sync::Arc;
use tvm_bytecode::{
    Unit,
    arbitrary::{self, Choices, Size},
    text,
    verify::{self, Origin},
};
#[test]
fn t() {
    let mut bad = 0;
    for seed in 0..2000 {
        let d = arbitrary::unit(&mut Choices::from_seed(seed), Size::SMALL);
        let bytes = d.encode().unwrap();
        let u = Unit::parse(Arc::new(bytes.clone())).unwrap_or_else(|e| panic!("{seed} {e}"));
        assert_eq!(u.to_data().unwrap(), d);
        if let Err(e) = verify::verify(u, Origin::Guest) {
            bad += 1;
            if bad < 20 {
                println!("{seed}: {e}");
            }
        }
    }
    println!("{bad} bad");
    let d = arbitrary::unit(&mut Choices::from_seed(7), Size::SMALL);
    println!("{}", text::print_annotated(&d));
}
