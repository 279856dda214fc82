//! The list of workers by upload: broken and resumed, killed in the middle, refused as a whole, fifty thousand lines.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::Duration;

use chassis::upload::{Begun, Receiving, Uploads};
use kernel::Digest;
use sha2::{Digest as _, Sha256};
use sqlx::{Connection, PgConnection};

use super::*;
use crate::app::{FilesJob, Shown};
use crate::domain::list::{LineRule, WORKERS_MOST};
use crate::domain::upload::{Announced, Brought, Upload, UploadState};

const HEADING: &str =
    "codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban";

/// A correct list of so many workers, 320 hours each.
fn list_of(workers: u32) -> String {
    let mut file = format!("{HEADING}\r\n");
    for number in 0..workers {
        let code = codice_fiscale(number);
        writeln!(file, "{code};1;40,00;02/03/2015;320,00;\r").unwrap();
    }
    file
}

fn digest_of(file: &[u8]) -> Digest {
    Digest::from(<[u8; 32]>::from(Sha256::digest(file)))
}

fn announce(draft: &Claim, file: &str) -> Announced {
    Announced {
        claim: draft.id,
        id: fresh(),
        brought: Brought::List {
            version: draft.version,
            set_totals: false,
        },
        total_bytes: file.len().try_into().unwrap(),
        digest: digest_of(file.as_bytes()),
    }
}

impl World {
    async fn open(&self, caller: &Caller, announced: &Announced) -> Receiving<Upload> {
        match self.app.begin_upload(caller, announced).await.unwrap() {
            Begun::Open(receiving) => receiving,
            Begun::Over(shown) => panic!("it is over: {shown:?}"),
        }
    }

    /// Sends bytes from an offset on in pieces, as a client does.
    async fn send(&self, receiving: &mut Receiving<Upload>, file: &str, from: usize, to: usize) {
        let mut place = from;
        for piece in file.as_bytes()[from..to].chunks(100_000) {
            let offset = place.try_into().unwrap();
            self.app.receive(receiving, offset, piece).await.unwrap();
            place += piece.len();
        }
    }

    async fn upload(&self, caller: &Caller, announced: &Announced, file: &str) -> Shown {
        let mut receiving = self.open(caller, announced).await;
        self.send(&mut receiving, file, 0, file.len()).await;
        self.app.finish_upload(caller, receiving).await.unwrap()
    }

    async fn stored(&self, caller: &Caller, announced: &Announced) -> usize {
        let shown = self.app.upload(caller, announced.claim, announced.id).await;
        shown.unwrap().upload.stored_bytes.try_into().unwrap()
    }

    async fn codes(&self, claim: Uuid) -> Vec<String> {
        let rows = sqlx::query_scalar!(
            "select codice_fiscale from beneficiary where claim_id = $1 order by position",
            claim
        );
        rows.fetch_all(self.database.database.pool()).await.unwrap()
    }

    async fn parts(&self) -> i64 {
        sqlx::query_scalar!("select count(*) as \"count!\" from upload_part")
            .fetch_one(self.database.database.pool())
            .await
            .unwrap()
    }
}

fn codes_in(file: &str) -> Vec<String> {
    let lines = file.lines().skip(1);
    lines.map(|line| line[..16].to_owned()).collect()
}

#[tokio::test]
async fn a_list_replaces_the_one_before_and_tells_its_own_totals() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(30);
    let shown = world.upload(&caller, &announce(&draft, &file), &file).await;
    assert_eq!(shown.upload.state, UploadState::Accepted);
    let report = shown.upload.report.unwrap();
    assert_eq!((report.workers, report.hours_hundredths), (30, 30 * 32_000));
    assert_eq!(world.codes(draft.id).await, codes_in(&file));
    assert_eq!(world.parts().await, 0);

    let after = world.app.claim(&caller, draft.id).await.unwrap();
    assert_eq!(after.version, draft.version + 1);
    assert_eq!(shown.upload.version_after, Some(after.version));
    // What the filer declared stays, and the check holds it against the list.
    assert_eq!(after.content.beneficiaries_count, 2);
    let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
    let fields: Vec<_> = checked
        .findings
        .iter()
        .map(|it| it.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["beneficiaries_count", "hours_requested_hundredths"]
    );
}

#[tokio::test]
async fn the_totals_can_be_written_with_the_list_and_the_claim_be_submitted() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(30);
    let mut announced = announce(&draft, &file);
    announced.brought = Brought::List {
        version: draft.version,
        set_totals: true,
    };
    world.upload(&caller, &announced, &file).await;
    let draft = world.app.claim(&caller, draft.id).await.unwrap();
    assert_eq!(draft.content.beneficiaries_count, 30);
    let submitted = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();
    assert_eq!(submitted.claim.requested().unwrap().whole.beneficiaries, 30);
}

#[tokio::test]
async fn a_broken_connection_goes_on_where_it_was_safely_stored() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(19_000);
    let announced = announce(&draft, &file);
    let mut first = world.open(&caller, &announced).await;
    world.send(&mut first, &file, 0, 500_000).await;
    // The stream breaks: what has come is stored before the error is answered.
    world.app.store_gathered(&mut first).await.unwrap();
    drop(first);
    assert_eq!(world.stored(&caller, &announced).await, 500_000);

    // Somebody of the same firm sees how far it is.
    let shown = &world
        .app
        .uploads(&intermediary(OFFICINE), draft.id)
        .await
        .unwrap()[0];
    assert_eq!(shown.upload.state, UploadState::Receiving);
    assert_eq!(shown.upload.stored_bytes, 500_000);

    // The client begins a little before, which does no harm, and the file arrives as it was sent.
    let mut second = world.open(&caller, &announced).await;
    world.send(&mut second, &file, 400_000, file.len()).await;
    let shown = world.app.finish_upload(&caller, second).await.unwrap();
    assert_eq!(shown.upload.state, UploadState::Accepted);
    assert_eq!(world.codes(draft.id).await, codes_in(&file));
}

#[tokio::test]
async fn the_answer_of_an_upload_is_given_again_and_the_list_is_replaced_once() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(3);
    let announced = announce(&draft, &file);
    let first = world.upload(&caller, &announced, &file).await;
    let Begun::Over(again) = world.app.begin_upload(&caller, &announced).await.unwrap() else {
        panic!("an upload that has ended is over");
    };
    assert_eq!(again.upload, first.upload);
    let after = world.app.claim(&caller, draft.id).await.unwrap();
    assert_eq!(after.version, draft.version + 1);

    let other = Announced {
        digest: digest_of(b"another file"),
        ..announced
    };
    assert_eq!(
        refused(world.app.begin_upload(&caller, &other).await),
        "IDN-E12"
    );
}

#[tokio::test]
async fn one_wrong_line_refuses_the_whole_list_and_changes_nothing() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let before = world.codes(draft.id).await;
    let twice = codice_fiscale(7);
    let file = format!(
        "{}{twice};1;40,00;02/03/2015;320,00;\r\n{};X;40.5;31/02/2015;0;x\r\n",
        list_of(500),
        codice_fiscale(501)
    );
    let announced = announce(&draft, &file);
    let shown = world.upload(&caller, &announced, &file).await;
    assert_eq!(shown.upload.state, UploadState::Refused);
    let report = shown.upload.report.clone().unwrap();
    let told: Vec<_> = report.faults.iter().map(|it| (it.line, it.rule)).collect();
    assert_eq!(
        told,
        [
            (502, LineRule::Duplicate),
            (503, LineRule::Qualifica),
            (503, LineRule::WeeklyHours),
            (503, LineRule::HiredOn),
            (503, LineRule::HoursRequested),
            (503, LineRule::Iban),
        ]
    );
    assert_eq!((report.workers, report.faults_count), (502, 6));
    assert_eq!(world.codes(draft.id).await, before);
    let after = world.app.claim(&caller, draft.id).await.unwrap();
    assert_eq!(after.version, draft.version);
    // The report can be read again, by colleagues too.
    let kept = world
        .app
        .upload(&caller, draft.id, announced.id)
        .await
        .unwrap();
    assert_eq!(kept.upload.report, Some(report));
    assert_eq!(world.parts().await, 0);
}

#[tokio::test]
async fn a_file_that_is_not_the_one_announced_is_forgotten() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(3);
    let announced = Announced {
        digest: digest_of(b"another file"),
        ..announce(&draft, &file)
    };
    let mut receiving = world.open(&caller, &announced).await;
    world.send(&mut receiving, &file, 0, file.len()).await;
    let finished = world
        .app
        .finish_upload(&caller, receiving)
        .await
        .unwrap_err();
    assert_eq!(finished.violations()[0].field, "begin.sha256");
    let gone = world.app.upload(&caller, draft.id, announced.id).await;
    assert_eq!(refused(gone), "IDN-E06");
}

#[tokio::test]
async fn bytes_may_not_leave_a_gap_nor_run_over_the_end() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(3);
    let announced = announce(&draft, &file);
    let mut receiving = world.open(&caller, &announced).await;
    world
        .app
        .receive(&mut receiving, 0, b"codice")
        .await
        .unwrap();
    let gap = world.app.receive(&mut receiving, 10, b"x").await;
    assert_eq!(refused(gap), "UPLOAD_GAP");
    assert_eq!(world.stored(&caller, &announced).await, 6);
    let longer = [file.as_bytes(), b"x"].concat();
    let beyond = world.app.receive(&mut receiving, 0, &longer).await;
    assert_eq!(refused(beyond), "FIELD_INVALID");
}

#[tokio::test]
async fn two_calls_that_go_on_with_one_upload_do_not_mix_their_bytes() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(100);
    let announced = announce(&draft, &file);
    let mut slow = world.open(&caller, &announced).await;
    let mut fast = world.open(&caller, &announced).await;
    world.send(&mut slow, &file, 0, 1_000).await;
    world.send(&mut fast, &file, 0, file.len()).await;
    let shown = world.app.finish_upload(&caller, fast).await.unwrap();
    assert_eq!(shown.upload.state, UploadState::Accepted);
    assert_eq!(
        refused(world.app.store_gathered(&mut slow).await),
        "CONFLICT"
    );
    assert_eq!(world.codes(draft.id).await, codes_in(&file));
}

#[tokio::test]
async fn a_draft_that_changed_meanwhile_wants_the_upload_begun_again_without_its_bytes() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let content = content_of(OFFICINE, 1);
    let draft = world.draft(&caller, &content).await;
    let file = list_of(100);
    let announced = announce(&draft, &file);
    let mut receiving = world.open(&caller, &announced).await;
    world.send(&mut receiving, &file, 0, file.len()).await;
    let saved = world
        .app
        .update_draft(&caller, draft.id, "1", &content, &[])
        .await
        .unwrap();
    let crossed = world.app.finish_upload(&caller, receiving).await;
    assert_eq!(refused(crossed), "ETAG_MISMATCH");
    assert_eq!(
        refused(world.app.begin_upload(&caller, &announced).await),
        "ETAG_MISMATCH"
    );

    let again = Announced {
        brought: announce(&saved, &file).brought,
        ..announced
    };
    let receiving = world.open(&caller, &again).await;
    assert!(receiving.is_whole(), "no byte is sent twice");
    let shown = world.app.finish_upload(&caller, receiving).await.unwrap();
    assert_eq!(shown.upload.version_after, Some(saved.version + 1));
}

#[tokio::test]
async fn an_upload_into_the_draft_of_another_firm_is_not_found_and_a_filed_claim_takes_none() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(3);
    let announced = announce(&draft, &file);
    world.open(&caller, &announced).await;
    for stranger in [consultant(&[TESSITURA]), intermediary(TESSITURA)] {
        let app = &world.app;
        let (claim, id) = (draft.id, announced.id);
        assert_eq!(
            refused(app.begin_upload(&stranger, &announced).await),
            "IDN-E06"
        );
        assert_eq!(refused(app.upload(&stranger, claim, id).await), "IDN-E06");
        assert_eq!(refused(app.uploads(&stranger, claim).await), "IDN-E06");
        assert_eq!(
            refused(app.cancel_upload(&stranger, claim, id).await),
            "IDN-E06"
        );
        assert_eq!(
            refused(app.list_workers(&stranger, claim, 0, "").await),
            "IDN-E06"
        );
    }
    let draft = world.app.claim(&caller, draft.id).await.unwrap();
    world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();
    let filed = world.app.begin_upload(&caller, &announced).await;
    assert_eq!(refused(filed), "INVALID_STATE");
}

#[tokio::test]
async fn an_upload_that_nobody_goes_on_with_is_forgotten_after_a_day() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(100);
    let abandoned = announce(&draft, &file);
    let mut receiving = world.open(&caller, &abandoned).await;
    world.send(&mut receiving, &file, 0, 1_000).await;
    world.app.store_gathered(&mut receiving).await.unwrap();
    let ended = announce(&draft, &file);
    world.upload(&caller, &ended, &file).await;

    world.later(TimeDelta::hours(25));
    world.tidy().await;
    let kept = |id| world.app.upload(&caller, draft.id, id);
    assert_eq!(refused(kept(abandoned.id).await), "IDN-E06");
    assert_eq!(world.parts().await, 0);
    assert!(kept(ended.id).await.is_ok());
    world.later(TimeDelta::days(30));
    world.tidy().await;
    assert_eq!(refused(kept(ended.id).await), "IDN-E06");
    assert_eq!(world.codes(draft.id).await.len(), 100);
}

#[tokio::test]
async fn a_list_is_read_by_the_page_and_a_draft_written_back_keeps_it() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(1_001);
    world.upload(&caller, &announce(&draft, &file), &file).await;

    let read = world.app.claim(&caller, draft.id).await.unwrap();
    assert!(read.content.beneficiaries_omitted && read.content.beneficiaries.is_empty());
    let etag = read.version.to_string();
    world
        .app
        .update_draft(&caller, draft.id, &etag, &read.content, &[])
        .await
        .unwrap();

    let (mut codes, mut token) = (Vec::new(), String::new());
    loop {
        let workers = world
            .app
            .list_workers(&caller, draft.id, 400, &token)
            .await
            .unwrap();
        assert_eq!(
            (workers.count, workers.hours_hundredths),
            (1_001, 1_001 * 32_000)
        );
        codes.extend(workers.page.into_iter().map(|it| it.codice_fiscale));
        token = workers.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(codes, codes_in(&file));

    // A list that is written takes the place of the long one.
    let etag = (read.version + 1).to_string();
    let content = content_of(OFFICINE, 1);
    world
        .app
        .update_draft(&caller, draft.id, &etag, &content, &[])
        .await
        .unwrap();
    assert_eq!(world.codes(draft.id).await.len(), 2);
}

/// Codici fiscali of fifty thousand people: surname, name and birthday from the number.
fn fifty_thousand() -> String {
    let letter = |number: u32| char::from(b'A' + u8::try_from(number % 26).unwrap());
    let mut file = format!("{HEADING}\n");
    for number in 0..u32::try_from(WORKERS_MOST).unwrap() {
        let (a, b, c) = (letter(number / 676), letter(number / 26), letter(number));
        let day = 1 + number / 17_576;
        let body = format!("{a}{b}{c}MRA80A{day:02}H501");
        let code = ('A'..='Z')
            .map(|check| format!("{body}{check}"))
            .find(|it| it.parse::<kernel::CodiceFiscale>().is_ok())
            .unwrap();
        writeln!(file, "{code};1;40,00;02/03/2015;320,00;").unwrap();
    }
    file
}

#[tokio::test]
async fn fifty_thousand_workers_are_taken_in_checked_submitted_and_kept_apart() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = fifty_thousand();
    let announced = Announced {
        brought: Brought::List {
            version: draft.version,
            set_totals: true,
        },
        ..announce(&draft, &file)
    };
    let shown = world.upload(&caller, &announced, &file).await;
    assert_eq!(shown.upload.report.unwrap().workers, 50_000);
    let draft = world.app.claim(&caller, draft.id).await.unwrap();
    let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
    assert_eq!(checked.findings, []);
    let submitted = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();

    let spans = sqlx::query_scalar!(
        "select count(*) as \"count!\" from worker_span where claim_id = $1",
        submitted.claim.id
    );
    assert_eq!(
        spans
            .fetch_one(world.database.database.pool())
            .await
            .unwrap(),
        50_000
    );
    // The second claim of the same people is refused, and the finding counts them all.
    let mut content = content_of(OFFICINE, 2);
    content.beneficiaries_count = 50_000;
    content.hours_requested_hundredths = 50_000 * 32_000;
    let second = world.draft(&caller, &content).await;
    world
        .upload(&caller, &announce(&second, &file), &file)
        .await;
    let checked = world.app.check_draft(&caller, second.id).await.unwrap();
    assert_eq!(checked.findings.len(), 1);
    assert!(
        checked.findings[0]
            .en
            .starts_with("50000 workers are already in claim")
    );
}

/// Kills connections of the service that are at work, one after the other.
async fn kill_connections(url: String, kills: u32) -> usize {
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let mut victims = 0;
    for _ in 0..kills {
        let hit = sqlx::query_scalar!(
            "select pg_terminate_backend(pid) as \"killed\" from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
             order by random() limit 1"
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        victims += hit.len();
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    victims
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_killed_again_and_again_arrives_whole_and_once() {
    let world = Arc::new(World::new().await);
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = Arc::new(list_of(19_000));
    let announced = announce(&draft, &file);
    let killer = tokio::spawn(kill_connections(world.database.url(), 150));
    let (mut offsets, mut cut) = (HashSet::new(), 0);
    let shown = loop {
        // The client lives for a while, longer each time, and dies wherever it is.
        let patience = Duration::from_millis(2 + cut * cut);
        match tokio::time::timeout(patience, attempt(&world, &caller, &announced, &file)).await {
            Ok(Ok(shown)) => break shown,
            Ok(Err(failure)) => {
                let class = failure.class();
                assert!(class != chassis::Class::Malformed, "{failure:?}");
            }
            Err(_) => {}
        }
        cut += 1;
        if let Ok(found) = world.app.upload(&caller, draft.id, announced.id).await {
            offsets.insert(found.upload.stored_bytes);
        }
    };
    let victims = killer.await.unwrap();
    assert!(
        cut > 3 && victims > 3,
        "the upload was not killed: the test proves nothing"
    );
    assert!(!offsets.is_empty(), "it never went on from anywhere");
    assert_eq!(shown.upload.state, UploadState::Accepted);
    assert_eq!(shown.upload.version_after, Some(draft.version + 1));
    assert_eq!(stored_codes(&world, draft.id).await, codes_in(&file));
}

#[tokio::test]
async fn who_asks_again_while_the_list_is_taken_is_told_to_come_back_and_then_answered() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let file = list_of(30);
    let announced = announce(&draft, &file);
    let mut first = world.open(&caller, &announced).await;
    world.send(&mut first, &file, 0, file.len()).await;
    world.app.store_gathered(&mut first).await.unwrap();
    // The client hears nothing and asks again: both calls hold every byte.
    let second = world.open(&caller, &announced).await;
    assert!(second.is_whole());

    let shown = world.app.finish_upload(&caller, first).await.unwrap();
    assert_eq!(shown.upload.state, UploadState::Accepted);
    let crossed = world.app.finish_upload(&caller, second).await.unwrap_err();
    assert_eq!(crossed.class(), chassis::Class::Conflict);
    let Begun::Over(again) = world.app.begin_upload(&caller, &announced).await.unwrap() else {
        panic!("an upload that has ended is over");
    };
    assert_eq!(again.upload, shown.upload);
}

/// What a client does that was cut off: it begins, asks how far it is, and sends the rest.
async fn attempt(
    world: &World,
    caller: &Caller,
    announced: &Announced,
    file: &str,
) -> Result<Shown, Failure> {
    let mut receiving = match world.app.begin_upload(caller, announced).await? {
        Begun::Over(shown) => return Ok(shown),
        Begun::Open(receiving) => receiving,
    };
    let found = world
        .app
        .upload(caller, announced.claim, announced.id)
        .await?;
    let mut place = found.upload.stored_bytes;
    let from = usize::try_from(place).map_err(Failure::internal)?;
    for piece in file.as_bytes()[from..].chunks(50_000) {
        world.app.receive(&mut receiving, place, piece).await?;
        world.app.store_gathered(&mut receiving).await?;
        place += i64::try_from(piece.len()).map_err(Failure::internal)?;
    }
    world.app.finish_upload(caller, receiving).await
}

/// The codes of a list, on a connection that lives: the last kill may have hit one that is still in the pool.
async fn stored_codes(world: &World, claim: Uuid) -> Vec<String> {
    loop {
        let rows = sqlx::query_scalar!(
            "select codice_fiscale from beneficiary where claim_id = $1 order by position",
            claim
        );
        if let Ok(codes) = rows.fetch_all(world.database.database.pool()).await {
            return codes;
        }
    }
}

impl World {
    /// Runs the job that tidies up.
    pub(super) async fn tidy(&self) {
        use chassis::jobs::Job;
        let job = FilesJob(self.app.clone());
        job.run(chassis::lifecycle::Stop::new()).await.unwrap();
    }
}
