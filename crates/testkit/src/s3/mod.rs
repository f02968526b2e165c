//! A real object store of the S3 kind, as a plain process, behind a door that can be told to let nothing through.

mod behaviour;
mod door;
mod error;

pub use self::{behaviour::Behaviour, error::ObjectStoreError};

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;
use tokio::task::spawn_blocking;

use self::door::Door;
use crate::{
    component::{Cache, Program},
    process::{Launch, LoopbackPort, Process, Unready},
};

/// How long it may take until it listens. It takes a moment; a busy machine is given more.
const PATIENCE: Duration = Duration::from_mins(1);

/// What its clients prove themselves with. It guards nothing: the store is on the loopback interface, is empty at first,
/// and is gone at the end.
const ACCESS_KEY: &str = "tidegate-testkit";
const SECRET_KEY: &str = "known-to-everybody";

/// A running object store (s3s-fs), whose buckets are folders. Dropping it stops it and removes what it holds.
///
/// Its clients come through [`ObjectStore::url`], which stays the same however often the program behind it is stopped and
/// started. The door is served by the Tokio runtime in which the store was started.
#[derive(Debug)]
pub struct ObjectStore {
    // Dropped in this order: the program before the folder that it writes to and the port it listens on.
    door: Door,
    process: Option<Process>,
    port: LoopbackPort,
    executable: PathBuf,
    directory: TempDir,
}

impl ObjectStore {
    /// Starts an object store without buckets. It listens when this returns; builds it if it is missing, which takes
    /// minutes.
    pub async fn start() -> Result<Self, ObjectStoreError> {
        let (executable, port, outer, directory) = blocking(prepare).await?;
        let mut store = Self {
            door: Door::open(outer, port.number()).await?,
            process: None,
            port,
            executable,
            directory,
        };
        store.start_server().await?;
        Ok(store)
    }

    /// Where its clients find it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.door.port())
    }

    /// How it treats its clients from now on; requests that are under way are treated so as well if it refuses.
    pub fn behave(&self, behaviour: Behaviour) {
        self.door.behave(behaviour);
    }

    /// Makes a bucket, and gives its folder. Does nothing if it is there.
    pub fn create_bucket(&self, name: &str) -> Result<PathBuf, ObjectStoreError> {
        let folder = self.bucket(name);
        create_folder(&folder)?;
        Ok(folder)
    }

    /// The folder of a bucket: an object is a file in it, and what is removed there is gone from the store.
    pub fn bucket(&self, name: &str) -> PathBuf {
        buckets(self.directory.path()).join(name)
    }

    /// A file with what a client proves itself with (AWS, "Shared config and credentials files").
    pub fn credentials(&self) -> PathBuf {
        credentials(self.directory.path())
    }

    /// What the program has said.
    pub fn log(&self) -> PathBuf {
        self.directory.path().join("s3s-fs.log")
    }

    /// Stops the program; its clients' connections are closed without an answer. Does nothing if it is stopped.
    pub async fn stop_server(&mut self) -> Result<(), ObjectStoreError> {
        let process = self.process.take();
        blocking(move || {
            drop(process);
            Ok(())
        })
        .await
    }

    /// Ends the program as a crash does (SIGKILL).
    pub async fn kill_server(&mut self) -> Result<(), ObjectStoreError> {
        let process = self.process.take();
        blocking(move || {
            if let Some(process) = process {
                process.kill();
            }
            Ok(())
        })
        .await
    }

    /// Starts the program again, with what it held, and waits until it listens. Does nothing if it runs.
    pub async fn start_server(&mut self) -> Result<(), ObjectStoreError> {
        if self.process.is_some() {
            return Ok(());
        }
        let process = Process::start(Launch {
            executable: &self.executable,
            arguments: self.arguments(),
            environment: vec![("RUST_LOG", "info".into())],
            home: self.directory.path(),
            log: self.log(),
        })
        .map_err(ObjectStoreError::Spawn)?;
        let process = self.process.insert(process);
        let listens = process.until_listens(self.port.number(), PATIENCE).await;
        listens.map_err(|unready| match unready {
            Unready::Ended(ended) => ObjectStoreError::Ended {
                status: ended.status,
                log: ended.log,
            },
            Unready::Late(waited) => ObjectStoreError::NotReady { waited },
        })
    }

    fn arguments(&self) -> Vec<OsString> {
        let port = self.port.number().to_string();
        let mut arguments: Vec<OsString> = [
            "--host",
            "127.0.0.1",
            "--port",
            &port,
            "--access-key",
            ACCESS_KEY,
            "--secret-key",
            SECRET_KEY,
        ]
        .iter()
        .map(OsString::from)
        .collect();
        arguments.push(buckets(self.directory.path()).into());
        arguments
    }
}

/// Everything that is done before the program runs: its executable, its port, that of the door, and its folder.
fn prepare() -> Result<(PathBuf, LoopbackPort, LoopbackPort, TempDir), ObjectStoreError> {
    let executable = Program::S3sFs
        .find_or_build()
        .map_err(ObjectStoreError::Program)?;
    let reservations = Cache::of_user()
        .and_then(|cache| cache.subfolder("ports"))
        .map_err(ObjectStoreError::Program)?;
    let free = || LoopbackPort::reserve(&reservations).ok_or(ObjectStoreError::NoPort);
    let (inner, outer) = (free()?, free()?);
    let directory = tempfile::Builder::new()
        .prefix("tidegate-s3-")
        .tempdir()
        .map_err(|source| failed(&env::temp_dir(), source))?;
    create_folder(&buckets(directory.path()))?;
    let path = credentials(directory.path());
    let text = format!(
        "[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    );
    fs::write(&path, text).map_err(|source| failed(&path, source))?;
    Ok((executable, inner, outer, directory))
}

fn buckets(directory: &Path) -> PathBuf {
    directory.join("buckets")
}

fn credentials(directory: &Path) -> PathBuf {
    directory.join("credentials")
}

fn create_folder(folder: &Path) -> Result<(), ObjectStoreError> {
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))
}

fn failed(path: &Path, source: io::Error) -> ObjectStoreError {
    ObjectStoreError::File {
        path: path.to_owned(),
        source,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ObjectStoreError> + Send + 'static,
) -> Result<T, ObjectStoreError> {
    spawn_blocking(work)
        .await
        .map_err(ObjectStoreError::RuntimeEnded)?
}
