//! Repositories that do not answer as hoped.

use std::time::Duration;

use tidegate_connect::git::{Credentials, GitError, Mirrors, Repository, TimeLimits};
use tidegate_connect::secret::Secret;
use tidegate_core::revision::{Revision, SourceRef};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::fixture::Fixture;

#[tokio::test]
async fn an_unknown_repository_says_so() {
    let fixture = Fixture::new();
    let nowhere = fixture.directory.path().join("nowhere");
    let repository = Repository::new(nowhere.to_str().unwrap(), None).unwrap();
    let revision = Revision::parse(&"a".repeat(40)).unwrap();

    let asked = fixture
        .mirrors
        .resolve(&repository, &SourceRef::parse("main").unwrap())
        .await;
    assert!(
        matches!(asked, Err(GitError::RepositoryNotFound { .. })),
        "{asked:?}"
    );
    let fetched = fixture.mirrors.ensure(&repository, &revision).await;
    assert!(
        matches!(fetched, Err(GitError::RepositoryNotFound { .. })),
        "{fetched:?}"
    );
}

/// Answers one request with 403 and hands over what it said.
async fn refusing_server() -> (u16, tokio::task::JoinHandle<String>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let request = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        stream
            .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        String::from_utf8(request).unwrap()
    });
    (port, request)
}

#[tokio::test]
async fn credentials_are_sent_and_never_shown() {
    let fixture = Fixture::new();
    let (port, request) = refusing_server().await;
    let credentials = Credentials {
        username: "tidegate".to_owned(),
        password: Secret::new("hunter2"),
    };
    let url = format!("http://127.0.0.1:{port}/team/shop.git");
    let repository = Repository::new(&url, Some(credentials)).unwrap();
    let error = fixture
        .mirrors
        .resolve(&repository, &SourceRef::parse("main").unwrap())
        .await
        .unwrap_err();

    assert!(matches!(error, GitError::AccessRefused { .. }), "{error:?}");
    // "tidegate:hunter2" in base64.
    let encoded = "dGlkZWdhdGU6aHVudGVyMg==";
    assert!(
        request
            .await
            .unwrap()
            .contains(&format!("Authorization: Basic {encoded}\r\n"))
    );
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains(encoded),
        "{shown}"
    );
}

#[tokio::test]
async fn a_server_that_never_answers_times_out() {
    let fixture = Fixture::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x.git", listener.local_addr().unwrap());
    let mirrors = Mirrors::new(fixture.directory.path().join("mirrors"))
        .unwrap()
        .with_time_limits(TimeLimits {
            ask: Duration::from_millis(50),
            ..TimeLimits::default()
        });
    let error = mirrors
        .resolve(
            &Repository::new(&url, None).unwrap(),
            &SourceRef::parse("main").unwrap(),
        )
        .await
        .unwrap_err();
    assert!(matches!(error, GitError::TimedOut { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("asking {url} for its refs took longer than 0.05 s")
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let fixture = Fixture::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x.git", listener.local_addr().unwrap());
    drop(listener);
    let error = fixture
        .mirrors
        .resolve(
            &Repository::new(&url, None).unwrap(),
            &SourceRef::parse("main").unwrap(),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(error, GitError::RepositoryUnreachable { .. }),
        "{error:?}"
    );
}
