//! Which vector instructions this machine has, and the macro that compiles one loop for each of
//! them.
//!
//! The loops themselves are plain Rust that the compiler vectorises; nothing here is an
//! intrinsic. The choice is made when the program runs, so one binary is fast on every machine.

use std::sync::OnceLock;

/// A set of vector instructions that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// What the target guarantees: SSE2 on x86-64, NEON on AArch64.
    Portable,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// 512-bit vectors with fused multiply-add.
    Avx512,
}

impl Isa {
    /// The environment variable that holds the machine to narrower instructions.
    pub const VARIABLE: &'static str = "GATECAST_ISA";

    /// All sets, the widest first, with their names in [`Isa::VARIABLE`].
    pub const NAMES: [(&'static str, Self); 3] = [
        ("avx512", Self::Avx512),
        ("avx2", Self::Avx2),
        ("portable", Self::Portable),
    ];

    /// Its name in [`Isa::VARIABLE`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// The one that is called so.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(own, _)| *own == name);
        found.map(|(_, isa)| *isa)
    }

    fn width(self) -> u32 {
        match self {
            Self::Portable => 128,
            Self::Avx2 => 256,
            Self::Avx512 => 512,
        }
    }
}

/// The instruction set in use: the widest of this machine that is no wider than
/// [`Isa::VARIABLE`] allows. Found once, then remembered; a name that is not in [`Isa::NAMES`]
/// allows everything.
pub fn isa() -> Isa {
    hold_to(Isa::Avx512)
}

/// As [`isa`], and no wider than `most` where nothing has been computed yet: once a set is in use, it stays. Several
/// machines that are held to one set compute the same bits.
pub fn hold_to(most: Isa) -> Isa {
    static FOUND: OnceLock<Isa> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let wanted = std::env::var(Isa::VARIABLE).unwrap_or_default();
        let allowed = [detect(), most].into_iter().chain(Isa::named(&wanted));
        // Each set includes the narrower ones: see `detect`.
        allowed
            .min_by_key(|isa| isa.width())
            .unwrap_or(Isa::Portable)
    })
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Isa {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw");
    match (avx2, avx512) {
        (true, true) => Isa::Avx512,
        (true, false) => Isa::Avx2,
        _ => Isa::Portable,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Isa {
    Isa::Portable
}

/// `a·b + c`, in one rounding where the instruction set has it. Without hardware support
/// `f32::mul_add` would call a slow library function, hence the choice.
#[inline(always)]
pub(crate) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `N` numbers from `from[at..]`, as one or a few vectors.
#[inline(always)]
pub(crate) fn load<const N: usize>(from: &[f32], at: usize) -> [f32; N] {
    let mut lanes = [0.0; N];
    lanes.copy_from_slice(&from[at..at + N]);
    lanes
}

/// Writes `lanes` to `to[at..]`.
#[inline(always)]
pub(crate) fn store<const N: usize>(to: &mut [f32], at: usize, lanes: [f32; N]) {
    to[at..at + N].copy_from_slice(&lanes);
}

/// Applies `function` lane by lane.
#[inline(always)]
pub(crate) fn map<const N: usize>(function: impl Fn(usize) -> f32) -> [f32; N] {
    let mut lanes = [0.0; N];
    for (k, lane) in lanes.iter_mut().enumerate() {
        *lane = function(k);
    }
    lanes
}

/// Calls `$step::<LANES>(at)` for whole vectors of a row and `$step::<1>(at)` for the rest.
///
/// Loops over several slices that are written are not turned into vector code, because the
/// compiler cannot know that the slices are apart; values in arrays are.
macro_rules! by_lanes {
    ($len:expr, $step:ident::<$fma:ident>($($argument:expr),* $(,)?)) => {{
        const LANES: usize = 16;
        let whole = $len - $len % LANES;
        for at in (0..whole).step_by(LANES) {
            $step::<$fma, LANES>(at, $($argument),*);
        }
        for at in whole..$len {
            $step::<$fma, 1>(at, $($argument),*);
        }
    }};
}
pub(crate) use by_lanes;

/// Defines a function whose body is compiled for every [`Isa`] and chosen at the call. Inside
/// the body the constant `FMA` says whether `mul_add` is an instruction; helpers must be
/// `#[inline(always)]` so that they are compiled for the same set.
macro_rules! simd {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body<const FMA: bool>($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
                fn avx512($($arg: $ty),*) $(-> $ret)? { body::<true>($($arg),*) }

                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $ty),*) $(-> $ret)? { body::<true>($($arg),*) }

                match $crate::isa::isa() {
                    // SAFETY: `isa` answers Avx512 only where all these features were detected.
                    $crate::isa::Isa::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: `isa` answers Avx2 only where both features were detected.
                    $crate::isa::Isa::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::isa::Isa::Portable => {}
                }
            }
            // AArch64 has fused multiply-add in its base set.
            body::<{ cfg!(target_arch = "aarch64") }>($($arg),*)
        }
    };
}
pub(crate) use simd;
