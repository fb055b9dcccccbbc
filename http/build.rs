//! Makes the executable follow the faces that are built into it.

fn main() {
    let faces = std::path::Path::new("../web/dist");
    // Watching a folder that is missing would rebuild every time; an empty one serves no faces.
    if !faces.exists() {
        let _ = std::fs::create_dir_all(faces);
    }
    println!("cargo:rerun-if-changed=../web/dist");
}
