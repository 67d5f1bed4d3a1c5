//! Packs the files of the page with gzip and lists them, so that each is embedded and none is forgotten.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

fn main() {
    println!("cargo::rerun-if-changed=page");
    let variable = |name| PathBuf::from(std::env::var_os(name).expect("cargo sets it"));
    let (folder, out) = (
        variable("CARGO_MANIFEST_DIR").join("page"),
        variable("OUT_DIR"),
    );
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("the page lies beside the sources")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let packed = out.join(format!("{name}.gz"));
        pack(&folder.join(&name), &packed).expect("the build folder can be written to");
        let _ = writeln!(list, "    ({name:?}, include_bytes!({packed:?})),");
    }
    list += "]\n";
    std::fs::write(out.join("page.rs"), list).expect("the build folder can be written to");
}

/// Without a name or a time, so that the same page makes the same program.
fn pack(file: &Path, packed: &Path) -> std::io::Result<()> {
    let to = std::fs::File::create(packed)?;
    let mut gzip = GzBuilder::new().mtime(0).write(to, Compression::best());
    gzip.write_all(&std::fs::read(file)?)?;
    gzip.finish()?;
    Ok(())
}
