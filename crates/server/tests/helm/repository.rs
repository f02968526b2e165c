//! A Helm repository on the loopback interface, which asks who is there.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tempfile::TempDir;
use tidegate_core::digest::Digest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub const USERNAME: &str = "reader";
pub const PASSWORD: &str = "hunter2";

pub struct ChartRepository {
    pub url: String,
    folder: TempDir,
    helm: PathBuf,
    task: JoinHandle<()>,
}

impl ChartRepository {
    /// Empty.
    pub async fn start(helm: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/stable", listener.local_addr().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let served = folder.path().to_owned();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, served.clone()));
            }
        });
        Self {
            url,
            folder,
            helm: helm.to_owned(),
            task,
        }
    }

    /// Packs a chart into the repository, over one that has its version, and gives the
    /// digest of the archive.
    pub fn publish(&self, files: &[(&str, String)]) -> String {
        let chart = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = chart.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let folder = self.folder.path().as_os_str();
        let packed = self.run(&[
            "package".as_ref(),
            "--destination".as_ref(),
            folder,
            chart.path().as_os_str(),
        ]);
        self.run(&["repo".as_ref(), "index".as_ref(), folder]);
        // "Successfully packaged chart and saved it to: /…/gateway-1.0.0.tgz"
        let (_, archive) = packed.trim().rsplit_once(": ").unwrap();
        Digest::of(&std::fs::read(archive).unwrap()).to_string()
    }

    fn run(&self, arguments: &[&std::ffi::OsStr]) -> String {
        let output = Command::new(&self.helm).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for ChartRepository {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A file of the folder, to who knows the password.
async fn answer(mut stream: TcpStream, folder: PathBuf) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut bytes = [0; 1024];
        match stream.read(&mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&bytes[..read]),
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let known = BASE64_STANDARD.encode(format!("{USERNAME}:{PASSWORD}"));
    let is_known = request.contains(&format!("Basic {known}"));
    let name = path.strip_prefix("/stable/").unwrap_or_default();
    let (status, body) = match std::fs::read(folder.join(name)) {
        _ if !is_known => ("401 Unauthorized", Vec::new()),
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let answered = stream.write_all(head.as_bytes()).await;
    if answered.is_ok() {
        stream.write_all(&body).await.ok();
        stream.shutdown().await.ok();
    }
}
