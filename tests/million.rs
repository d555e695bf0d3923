//! The core against the slow twin on a million rows and more, byte for byte. Nothing holds the export: it is
//! made twice, row by row, once for each of the two.

use std::io::{self, BufWriter, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use aiq_braze::read::Dialect;
use aiq_braze::{Batch, Flow, Header, Mapping, Session, Sink, Summary};
use aiq_braze_tests::exports::{self, Defect};
use aiq_braze_tests::twin::{self, Twin};

/// Compares each body with the twin's as it comes.
struct Compare {
    theirs: Receiver<String>,
    n_bodies: u64,
    n_rows: u64,
}

impl Sink for Compare {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        let theirs = self
            .theirs
            .recv()
            .expect("the twin has a body for each of ours");
        if batch.body != theirs.as_bytes() {
            assert_eq!(
                String::from_utf8_lossy(batch.body),
                theirs,
                "body {}",
                self.n_bodies
            );
        }
        self.n_bodies += 1;
        self.n_rows += batch
            .objects
            .iter()
            .map(|object| object.n_rows)
            .sum::<u64>();
        Flow::Continue
    }
}

/// Feeds a session with what is written to it.
struct Feed<'s> {
    session: Session,
    sink: &'s mut Compare,
}

impl Write for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let flow = self
            .session
            .feed(bytes, self.sink)
            .map_err(io::Error::other)?;
        assert_eq!(flow, Flow::Continue);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes an export to both, and compares what they make of it.
fn compare(
    header: &str,
    mapping: &str,
    write: impl Fn(&mut dyn Write) -> io::Result<()> + Sync,
) -> (Summary, Twin) {
    thread::scope(|scope| {
        let (reader, writer) = io::pipe().expect("there are pipes");
        let (bodies, theirs): (SyncSender<String>, _) = sync_channel(16);
        let write = &write;
        scope.spawn(move || {
            let mut writer = BufWriter::with_capacity(1 << 20, writer);
            write(&mut writer).and_then(|()| writer.flush())
        });
        let twin = scope.spawn(move || {
            let files = [("export.csv", reader)].into_iter();
            twin::stream(files, mapping, &mut |body| {
                bodies.send(body).expect("ours goes on as long")
            })
        });

        let mut sink = Compare {
            theirs,
            n_bodies: 0,
            n_rows: 0,
        };
        let header = Header::new(Dialect::default(), header.split(','));
        let plan = Mapping::parse(mapping)
            .expect("a mapping")
            .compile(&header)
            .expect("it fits");
        let mut session = Session::new(plan);
        session.begin_file("export.csv");
        let feed = Feed {
            session,
            sink: &mut sink,
        };
        // 100,003: a prime, so that chunks end anywhere in a row.
        let mut feed = BufWriter::with_capacity(100_003, feed);
        write(&mut feed).expect("ours takes everything");
        let mut session = feed
            .into_inner()
            .map_err(|_| "flushed")
            .expect("ours takes everything")
            .session;
        let _ = session.end_file(&mut sink).expect("the header fits");
        let summary = session.finish(&mut sink);
        assert_eq!(
            sink.theirs.recv().ok(),
            None,
            "the twin has no further body"
        );
        let twin = twin.join().expect("the twin ends");
        assert_eq!(summary.rows, twin.rows);
        assert_eq!(
            summary.rows,
            sink.n_rows + summary.rejected + summary.nothing_to_send
        );
        assert_eq!(summary.rejected, twin.rejected.len() as u64);
        assert_eq!(summary.nothing_to_send, twin.nothing_to_send);
        assert_eq!(
            (summary.batches, summary.objects),
            (twin.n_bodies, twin.objects)
        );
        (summary, twin)
    })
}

#[test]
fn a_million_rows_of_an_audience() {
    const ROWS: u64 = 1_000_000;
    let kinds = exports::EXAMPLE_DEFECTS.map(|(_, defect)| defect);
    let kinds: Vec<Defect> = kinds
        .into_iter()
        .filter(|defect| !defect.breaks_reading())
        .collect();
    let bad = (1..=ROWS).filter(|row| row % 997 == 5);
    let defects: Vec<_> = bad
        .map(|row| (row, kinds[(row / 997) as usize % kinds.len()]))
        .collect();
    let (summary, _) = compare(
        exports::AUDIENCE_HEADER,
        exports::EXAMPLE_MAPPING,
        |mut out| exports::write_audience(&mut out, ROWS, 11, &defects),
    );
    assert_eq!(
        (summary.rows, summary.rejected),
        (ROWS, defects.len() as u64)
    );
}

#[test]
fn three_hundred_thousand_events() {
    const ROWS: u64 = 300_000;
    let (summary, _) = compare(
        exports::EVENTS_HEADER,
        exports::EVENTS_MAPPING,
        |mut out| exports::write_events(&mut out, ROWS, 12, 1009),
    );
    assert_eq!((summary.rows, summary.objects), (ROWS, ROWS - ROWS / 1009));
}
