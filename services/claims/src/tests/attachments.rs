//! Attachments: judged by their content, counted, scanned, given out again, and gone with their draft.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use chassis::antivirus::Antivirus;
use chassis::config::AntivirusConfig;
use chassis::upload::{Begun, Uploads};
use futures_util::TryStreamExt;
use kernel::Digest;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::app::Shown;
use crate::domain::attachment::{AttachmentKind, ScanState};
use crate::domain::file_type::FileType;
use crate::domain::samples::file_of;
use crate::domain::upload::{Announced, Brought};

const MEBIBYTE: usize = 1024 * 1024;
/// The test file that every antivirus knows, harmless by itself; kept in two halves, so that none stops this file.
const EICAR: [&str; 2] = [
    r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-",
    "ANTIVIRUS-TEST-FILE!$H+H*",
];

fn announce(draft: &Claim, kind: AttachmentKind, name: &str, file: &[u8]) -> Announced {
    Announced {
        claim: draft.id,
        id: fresh(),
        brought: Brought::Attachment {
            kind,
            file_name: name.to_owned(),
        },
        total_bytes: file.len().try_into().unwrap(),
        digest: Digest::from(<[u8; 32]>::from(Sha256::digest(file))),
    }
}

/// A PDF of a size, different for each number.
fn pdf(bytes: usize, number: u8) -> Vec<u8> {
    let mut file = file_of(FileType::Pdf);
    file.resize(bytes, number);
    file
}

impl World {
    async fn bring(
        &self,
        caller: &Caller,
        announced: &Announced,
        file: &[u8],
    ) -> Result<Shown, Failure> {
        let mut receiving = match self.app.begin_upload(caller, announced).await? {
            Begun::Over(shown) => return Ok(shown),
            Begun::Open(receiving) => receiving,
        };
        let mut place = 0;
        for piece in file.chunks(MEBIBYTE) {
            self.app.receive(&mut receiving, place, piece).await?;
            place += i64::try_from(piece.len()).map_err(Failure::internal)?;
        }
        self.app.finish_upload(caller, receiving).await
    }

    async fn attach(
        &self,
        draft: &Claim,
        kind: AttachmentKind,
        name: &str,
        file: &[u8],
    ) -> Result<crate::domain::attachment::Attachment, Failure> {
        let announced = announce(draft, kind, name, file);
        let shown = self
            .bring(&consultant(&[OFFICINE]), &announced, file)
            .await?;
        Ok(shown.attachment.unwrap())
    }

    async fn content_of(&self, caller: &Caller, claim: Uuid, id: Uuid, from: u64) -> Vec<u8> {
        let download = self.app.download(caller, claim, id, from).await.unwrap();
        let pieces: Vec<bytes::Bytes> = download.content.try_collect().await.unwrap();
        pieces.concat()
    }

    /// Objects in the store.
    fn objects(&self) -> usize {
        files_below(self.folder.path()).len()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn an_attachment_comes_back_as_it_was_sent_to_filers_and_to_the_office() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = pdf(3 * MEBIBYTE, 7);
    let kind = AttachmentKind::ConsultationMinutes;
    let attachment = world
        .attach(&draft, kind, "../Verbale.PDF", &file)
        .await
        .unwrap();
    assert_eq!(attachment.file_name, "Verbale.pdf");
    assert_eq!(
        (attachment.file_type, attachment.scan),
        (FileType::Pdf, ScanState::Off)
    );

    let draft = world.app.claim(&caller, draft.id).await.unwrap();
    let claim = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap()
        .claim;
    for reader in [&caller, &operator()] {
        let listed = world.app.attachments(reader, claim.id).await.unwrap();
        assert_eq!(listed, std::slice::from_ref(&attachment));
        assert_eq!(
            world.content_of(reader, claim.id, attachment.id, 0).await,
            file
        );
    }
    // A download that broke goes on.
    let from = 2 * MEBIBYTE as u64 + 5;
    let rest = world
        .content_of(&caller, claim.id, attachment.id, from)
        .await;
    assert_eq!(rest, &file[2 * MEBIBYTE + 5..]);
    let all = world
        .content_of(&caller, claim.id, attachment.id, 3 * MEBIBYTE as u64)
        .await;
    assert!(all.is_empty());
    let deleted = world
        .app
        .delete_attachment(&caller, claim.id, attachment.id)
        .await;
    assert_eq!(refused(deleted), "INVALID_STATE");
}

#[tokio::test]
async fn the_content_decides_the_type_whatever_the_name_says() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    for file_type in FileType::ALL {
        let file = file_of(*file_type);
        let attachment = world
            .attach(&draft, AttachmentKind::Other, "file.pdf", &file)
            .await;
        assert_eq!(attachment.unwrap().file_type, *file_type);
    }
    for lie in [
        &b"MZ\x90\x00\x03 This program"[..],
        b"<html><script>alert(1)</script></html>",
    ] {
        let announced = announce(&draft, AttachmentKind::Other, "relazione.pdf", lie);
        let brought = world.bring(&caller, &announced, lie).await;
        assert_eq!(refused(brought), "ATTACHMENT_NOT_ALLOWED");
        let kept = world.app.upload(&caller, draft.id, announced.id).await;
        assert_eq!(
            refused(kept),
            "IDN-E06",
            "what was turned away leaves nothing"
        );
    }
    let report = AttachmentKind::TechnicalReport;
    let image = world
        .attach(&draft, report, "relazione.pdf", &file_of(FileType::Png))
        .await;
    assert_eq!(refused(image), "ATTACHMENT_NOT_ALLOWED");
}

#[tokio::test]
async fn an_attached_report_is_enough_and_there_is_only_one() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let mut content = content_of(OFFICINE, 1);
    content.technical_report = None;
    let draft = world.draft(&caller, &content).await;
    let without = world.app.submit(&caller, &submit(&draft, fresh())).await;
    assert_eq!(refused(without), "ATTACHMENT_MISSING");
    let report = AttachmentKind::TechnicalReport;
    world
        .attach(&draft, report, "relazione.p7m", &file_of(FileType::P7m))
        .await
        .unwrap();
    let second = world
        .attach(&draft, report, "altra.pdf", &pdf(100, 1))
        .await;
    assert_eq!(refused(second), "ATTACHMENT_NOT_ALLOWED");
    world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();
}

#[tokio::test]
async fn ten_mebibytes_a_file_and_fifty_in_all_have_room_and_no_more() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let other = AttachmentKind::Other;
    let large = announce(&draft, other, "a.pdf", &pdf(10 * MEBIBYTE + 1, 0));
    assert_eq!(
        refused(world.app.begin_upload(&caller, &large).await),
        "ATTACHMENT_NOT_ALLOWED"
    );
    // Uploads under way take their room before their bytes come.
    for number in 0..4 {
        let announced = announce(&draft, other, "a.pdf", &pdf(10 * MEBIBYTE, number));
        world.app.begin_upload(&caller, &announced).await.unwrap();
    }
    let file = pdf(10 * MEBIBYTE, 9);
    let last = world.attach(&draft, other, "a.pdf", &file).await.unwrap();
    let full = world.attach(&draft, other, "b.pdf", &pdf(100, 1)).await;
    assert_eq!(refused(full), "ATTACHMENT_NOT_ALLOWED");
    world
        .app
        .delete_attachment(&caller, draft.id, last.id)
        .await
        .unwrap();
    world
        .app
        .delete_attachment(&caller, draft.id, last.id)
        .await
        .unwrap();
    world
        .attach(&draft, other, "b.pdf", &pdf(100, 1))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_draft_that_is_deleted_takes_its_files_along() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let shared = pdf(1_000, 1);
    let keeps = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let goes = world.draft(&caller, &content_of(OFFICINE, 2)).await;
    let other = AttachmentKind::Other;
    let kept = world.attach(&keeps, other, "a.pdf", &shared).await.unwrap();
    world.attach(&goes, other, "a.pdf", &shared).await.unwrap();
    world
        .attach(&goes, other, "b.pdf", &pdf(1_000, 2))
        .await
        .unwrap();
    assert_eq!(world.objects(), 2, "the same content is kept once");

    world.app.delete_draft(&caller, goes.id).await.unwrap();
    world.tidy().await;
    assert_eq!(world.objects(), 1);
    assert_eq!(
        world.content_of(&caller, keeps.id, kept.id, 0).await,
        shared
    );
    world
        .app
        .delete_attachment(&caller, keeps.id, kept.id)
        .await
        .unwrap();
    world.tidy().await;
    assert_eq!(world.objects(), 0);
    // And what went can come again.
    world.attach(&keeps, other, "a.pdf", &shared).await.unwrap();
    world.tidy().await;
    assert_eq!(world.objects(), 1);
}

#[tokio::test]
async fn an_object_of_an_upload_cut_short_is_removed_with_it() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = pdf(1_000, 1);
    let announced = announce(&draft, AttachmentKind::Other, "a.pdf", &file);
    world.app.begin_upload(&caller, &announced).await.unwrap();
    // As if the service had died between the object and the row that needs it.
    let mut connection = world.database.database.pool().acquire().await.unwrap();
    crate::store::attachments::need(&mut connection, announced.digest, 1_000)
        .await
        .unwrap();
    let content = futures_util::stream::iter([Ok(bytes::Bytes::from(file))]);
    world
        .app
        .files
        .objects
        .put(announced.digest, content)
        .await
        .unwrap();
    world.tidy().await;
    assert_eq!(world.objects(), 1, "the upload may still be gone on with");
    world
        .app
        .cancel_upload(&caller, draft.id, announced.id)
        .await
        .unwrap();
    world.tidy().await;
    assert_eq!(world.objects(), 0);
}

#[tokio::test]
async fn the_attachments_of_another_firm_are_not_found() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = pdf(100, 1);
    let announced = announce(&draft, AttachmentKind::Other, "a.pdf", &file);
    world.bring(&caller, &announced, &file).await.unwrap();
    let (app, claim, id) = (&world.app, draft.id, announced.id);
    // Staff of the competent office do not see drafts either.
    for stranger in [consultant(&[TESSITURA]), intermediary(CANTIERI), operator()] {
        assert_eq!(
            refused(app.begin_upload(&stranger, &announced).await),
            "IDN-E06"
        );
        assert_eq!(refused(app.attachments(&stranger, claim).await), "IDN-E06");
        assert_eq!(
            refused(app.download(&stranger, claim, id, 0).await),
            "IDN-E06"
        );
        assert_eq!(
            refused(app.delete_attachment(&stranger, claim, id).await),
            "IDN-E06"
        );
    }
    let absent = app.download(&caller, claim, fresh(), 0).await;
    assert_eq!(refused(absent), "IDN-E06");
}

/// A clamd that speaks the protocol: it reads `zINSTREAM`, the pieces behind their lengths and the last of none, and
/// finds the test file.
struct FakeClamd {
    address: String,
    scanned: Arc<AtomicU32>,
    seen: Arc<Mutex<Vec<usize>>>,
}

impl FakeClamd {
    fn start(listener: TcpListener) -> Self {
        let clamd = Self {
            address: format!("tcp://{}", listener.local_addr().unwrap()),
            scanned: Arc::default(),
            seen: Arc::default(),
        };
        let (scanned, seen) = (clamd.scanned.clone(), clamd.seen.clone());
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let bytes = answer(line).await;
                scanned.fetch_add(1, Ordering::Relaxed);
                seen.lock().unwrap().push(bytes);
            }
        });
        clamd
    }
}

async fn answer(mut line: TcpStream) -> usize {
    let mut command = [0_u8; 10];
    line.read_exact(&mut command).await.unwrap();
    assert_eq!(&command, b"zINSTREAM\0");
    let mut content = Vec::new();
    loop {
        let length = line.read_u32().await.unwrap() as usize;
        if length == 0 {
            break;
        }
        let from = content.len();
        content.resize(from + length, 0);
        line.read_exact(&mut content[from..]).await.unwrap();
    }
    let eicar = EICAR.concat();
    let found = content
        .windows(eicar.len())
        .any(|it| it == eicar.as_bytes());
    let said: &[u8] = if found {
        b"stream: Eicar-Test-Signature FOUND\0"
    } else {
        b"stream: OK\0"
    };
    line.write_all(said).await.unwrap();
    content.len()
}

fn antivirus_at(address: &str) -> Option<Antivirus> {
    Antivirus::of(&AntivirusConfig {
        address: Some(address.to_owned().try_into().unwrap()),
        timeout_ms: 60_000,
    })
}

/// A table that carries the test file.
fn infected() -> Vec<u8> {
    format!("campo;valore\nnota;{}\n", EICAR.concat()).into_bytes()
}

#[tokio::test]
async fn what_carries_malware_is_turned_away_by_a_clamd_that_speaks_the_protocol() {
    let mut world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clamd = FakeClamd::start(listener);
    world.app.files.antivirus = antivirus_at(&clamd.address);
    malware_is_turned_away(&world).await;
    assert_eq!(
        *clamd.seen.lock().unwrap(),
        [2 * MEBIBYTE, infected().len()]
    );
}

async fn malware_is_turned_away(world: &World) {
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let other = AttachmentKind::Other;
    let clean = world
        .attach(&draft, other, "a.pdf", &pdf(2 * MEBIBYTE, 1))
        .await
        .unwrap();
    assert_eq!(clean.scan, ScanState::Clean);
    let malware = world.attach(&draft, other, "elenco.csv", &infected()).await;
    assert_eq!(refused(malware), "ATTACHMENT_NOT_ALLOWED");
    assert_eq!(world.objects(), 1);
    world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();
}

#[tokio::test]
async fn while_the_antivirus_does_not_answer_the_claim_waits_for_it() {
    let mut world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap();
    drop(listener);
    world.app.files.antivirus = antivirus_at(&format!("tcp://{place}"));
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let other = AttachmentKind::Other;
    let waiting = world
        .attach(&draft, other, "a.pdf", &pdf(100, 1))
        .await
        .unwrap();
    assert_eq!(waiting.scan, ScanState::Pending);
    let malware = world
        .attach(&draft, other, "b.csv", &infected())
        .await
        .unwrap();
    let early = world.app.submit(&caller, &submit(&draft, fresh())).await;
    assert_eq!(refused(early), "ATTACHMENT_NOT_SCANNED");
    let early = world.app.download(&caller, draft.id, waiting.id, 0).await;
    assert_eq!(refused(early), "ATTACHMENT_NOT_SCANNED");
    world.tidy().await;
    let still = world.app.submit(&caller, &submit(&draft, fresh())).await;
    assert_eq!(refused(still), "ATTACHMENT_NOT_SCANNED");

    // It comes back, and what waited is looked at without anybody's doing.
    let clamd = FakeClamd::start(TcpListener::bind(place).await.unwrap());
    world.tidy().await;
    assert_eq!(clamd.scanned.load(Ordering::Relaxed), 2);
    let states: Vec<_> = world.app.attachments(&caller, draft.id).await.unwrap();
    let state = |id| states.iter().find(|it| it.id == id).unwrap().scan;
    assert_eq!(state(waiting.id), ScanState::Clean);
    assert_eq!(state(malware.id), ScanState::Infected);
    let with_malware = world.app.submit(&caller, &submit(&draft, fresh())).await;
    assert_eq!(refused(with_malware), "ATTACHMENT_NOT_ALLOWED");
    let given_out = world.app.download(&caller, draft.id, malware.id, 0).await;
    assert_eq!(refused(given_out), "ATTACHMENT_NOT_ALLOWED");
    world
        .app
        .delete_attachment(&caller, draft.id, malware.id)
        .await
        .unwrap();
    world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();
}

#[tokio::test]
async fn where_the_antivirus_is_turned_off_nothing_waits_for_it_any_more() {
    let mut world = World::new().await;
    world.app.files.antivirus = antivirus_at("unix:///nobody/listens/here");
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    world
        .attach(&draft, AttachmentKind::Other, "a.pdf", &pdf(100, 1))
        .await
        .unwrap();
    world.app.files.antivirus = None;
    world.tidy().await;
    world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();
}

/// A real clamd on a socket of its own, with one signature: the test file. `None` where none is installed.
struct RealClamd {
    process: tokio::process::Child,
    folder: tempfile::TempDir,
}

impl RealClamd {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("signatures");
        std::fs::create_dir(&database).unwrap();
        let signature = hex::encode(EICAR.concat());
        std::fs::write(
            database.join("omnia.ndb"),
            format!("Eicar-Test-Signature:0:*:{signature}\n"),
        )
        .unwrap();
        let settings = folder.path().join("clamd.conf");
        let lines = format!(
            "Foreground yes\nDatabaseDirectory {}\nLocalSocket {}\nTemporaryDirectory {}\nUser {}\n",
            database.display(),
            folder.path().join("clamd.ctl").display(),
            folder.path().display(),
            if is_root() { "root" } else { "nobody" },
        );
        std::fs::write(&settings, lines).unwrap();
        let process = tokio::process::Command::new("clamd")
            .arg(format!("--config-file={}", settings.display()))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .ok()?;
        Some(Self { process, folder })
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("clamd.ctl")
    }

    /// Waits until it answers.
    async fn ready(&mut self) {
        while tokio::net::UnixStream::connect(self.socket())
            .await
            .is_err()
        {
            let ended = self.process.try_wait().unwrap();
            assert_eq!(ended, None, "clamd ended");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}

#[tokio::test]
async fn what_carries_malware_is_turned_away_by_a_real_clamd_where_there_is_one() {
    let Some(mut clamd) = RealClamd::start() else {
        println!("skipped: no clamd is installed (apt-get install clamav-daemon)");
        return;
    };
    clamd.ready().await;
    let mut world = World::new().await;
    world.app.files.antivirus = antivirus_at(&format!("unix://{}", clamd.socket().display()));
    malware_is_turned_away(&world).await;
    clamd.process.kill().await.unwrap();
}
