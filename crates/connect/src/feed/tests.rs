use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// A server that gives these answers, one a connection, the last again and again.
async fn server(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut answers = answers.into_iter().peekable();
        let mut last = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            last = answers.next().unwrap_or(last);
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&last).await;
        }
    });
    address.to_string()
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

async fn fetch(url: &str) -> Result<String, FetchFailure> {
    Fetcher::new().unwrap().fetch(url).await
}

#[tokio::test]
async fn the_text_comes_as_it_was_sent() {
    let host = server(vec![ok("BEGIN:VCALENDAR\r\nÜ".as_bytes())]).await;
    let text = fetch(&format!("http://{host}/a.ics")).await.unwrap();
    assert_eq!(text, "BEGIN:VCALENDAR\r\nÜ");
}

#[tokio::test]
async fn no_failure_repeats_the_url_or_what_was_sent() {
    let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nhunter2";
    let host = server(vec![answer.to_vec()]).await;
    let error = fetch(&format!(
        "http://me:hunter2@{host}/hunter2/a.ics?key=hunter2"
    ))
    .await
    .unwrap_err();
    assert_eq!(error.to_string(), format!("{host} answered 404 Not Found"));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn more_than_five_mebibytes_are_not_read() {
    let longest = server(vec![ok(&vec![b'x'; LONGEST])]).await;
    let text = fetch(&format!("http://{longest}/")).await.unwrap();
    assert_eq!(text.len(), LONGEST);
    // No length is told, so only counting helps.
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.resize(LONGEST + 1024, b'x');
    let host = server(vec![endless]).await;
    let error = fetch(&format!("http://{host}/")).await.unwrap_err();
    assert_eq!(error, FetchFailure::TooLong { host });
}

#[tokio::test]
async fn a_text_that_trickles_in_times_out() {
    let host = server(vec![
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab".to_vec(),
    ])
    .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = listener.local_addr().unwrap().to_string();
    let fetcher = Fetcher {
        within: Duration::from_millis(50),
        ..Fetcher::new().unwrap()
    };
    let error = fetcher.fetch(&format!("http://{silent}/")).await;
    let text = error.unwrap_err().to_string();
    assert_eq!(
        text,
        format!("{silent} did not send all of it within 0.05 s")
    );
    // One that breaks off is no whole text either.
    let error = fetcher.fetch(&format!("http://{host}/")).await;
    assert!(
        matches!(error, Err(FetchFailure::Answer { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn three_redirects_are_followed_and_a_fourth_is_not() {
    let last = server(vec![
        redirect("/1"),
        redirect("/2"),
        redirect("/3"),
        ok(b"there"),
    ])
    .await;
    assert_eq!(fetch(&format!("http://{last}/")).await.unwrap(), "there");
    let endless = server(vec![redirect("/again")]).await;
    let error = fetch(&format!("http://{endless}/")).await.unwrap_err();
    assert!(
        error.to_string().contains("more than three times"),
        "{error}"
    );
    for elsewhere in ["file:///etc/passwd", "ftp://example.com/a.ics"] {
        let host = server(vec![redirect(elsewhere)]).await;
        fetch(&format!("http://{host}/")).await.unwrap_err();
    }
}

#[tokio::test]
async fn what_is_no_text_or_no_url_is_refused() {
    let host = server(vec![ok(&[0xff, 0xfe])]).await;
    let error = fetch(&format!("http://{host}/")).await.unwrap_err();
    assert_eq!(error, FetchFailure::NotUtf8 { host });
    for url in [
        "",
        "calendar",
        "ftp://example.com/a.ics",
        "http://",
        "file:///a.ics",
    ] {
        let error = fetch(url).await.unwrap_err();
        assert_eq!(error, FetchFailure::InvalidUrl, "{url}");
    }
}
