//! Functions of one double (21.3.2), which compiled code calls too.

use super::num;

macro_rules! functions {
    ($($name:ident: $f:expr;)*) => {
        $(
            #[doc = concat!("Math.", stringify!($name))]
            pub extern "C" fn $name(x: f64) -> f64 {
                let f: fn(f64) -> f64 = $f;
                f(x)
            }
        )*

        /// All of them, by name.
        pub const FUNCTIONS: &[(&str, extern "C" fn(f64) -> f64)] = &[$((stringify!($name), $name)),*];
    };
}

functions! {
    abs: f64::abs;
    acos: f64::acos;
    acosh: |x| if x > 1e150 { x.ln() + std::f64::consts::LN_2 } else { x.acosh() };
    asin: f64::asin;
    asinh: asinh_of;
    atan: f64::atan;
    atanh: |x| if x == 0.0 { x } else { x.atanh() };
    cbrt: f64::cbrt;
    ceil: f64::ceil;
    clz32: |x| f64::from(num::to_uint32(x).leading_zeros());
    cos: f64::cos;
    cosh: f64::cosh;
    exp: f64::exp;
    expm1: f64::exp_m1;
    floor: f64::floor;
    fround: |x| f64::from(x as f32);
    log: f64::ln;
    log10: f64::log10;
    log1p: f64::ln_1p;
    log2: f64::log2;
    round: round_of;
    sign: |x| if x == 0.0 || x.is_nan() { x } else { x.signum() };
    sin: f64::sin;
    sinh: f64::sinh;
    sqrt: f64::sqrt;
    tan: f64::tan;
    tanh: f64::tanh;
    trunc: f64::trunc;
}

fn asinh_of(x: f64) -> f64 {
    if x == 0.0 || x.is_infinite() {
        x
    } else if x.abs() > 1e150 {
        (x.abs().ln() + std::f64::consts::LN_2).copysign(x)
    } else {
        x.asinh()
    }
}

/// Ties go up; the sign of zero is that of the argument.
fn round_of(x: f64) -> f64 {
    let floor = x.floor();
    let rounded = if x - floor >= 0.5 { floor + 1.0 } else { floor };
    rounded.copysign(x)
}
