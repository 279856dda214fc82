//! The embedded database of `omnia up`: PostgreSQL's own programs on a private cluster under `.omnia/`.
//!
//! Each service gets a database and a login role of its own, with a password made here; no role can open another's
//! database.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use chassis::Ids;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

/// Most connections that the cluster accepts, over all services.
const CONNECTIONS_MAX: u32 = 200;

/// Where distributions put each version of PostgreSQL in a folder of its own; `OMNIA_POSTGRES_FOLDERS` names others.
const PACKAGED: &str = "/usr/lib/postgresql:/usr/pgsql:/opt/homebrew/opt:/usr/local/opt";

/// A private cluster, running.
#[derive(Debug)]
pub(crate) struct Cluster {
    programs: PathBuf,
    data: PathBuf,
    sockets: PathBuf,
    owner: Option<Owner>,
    password: SecretString,
}

/// The unprivileged user that PostgreSQL runs as when we are root, since it refuses root.
#[derive(Debug, Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Finds the programs, initialises the cluster when it is new, and starts it. A cluster that still runs after a
    /// crash of the platform is taken over.
    pub(crate) fn start(folder: &Path, ids: &Ids, say: impl Fn(&str)) -> anyhow::Result<Self> {
        let programs = find_programs()?;
        let owner = unprivileged_owner()?;
        let folder = reachable(folder, owner.is_some())?;
        let cluster = Self {
            data: folder.join("data"),
            sockets: socket_folder(&folder),
            password: password(&folder, ids)?,
            programs,
            owner,
        };
        cluster.prepare(&folder)?;
        if !cluster.data.join("PG_VERSION").exists() {
            say("initialising a private PostgreSQL cluster");
            cluster.initialise(&folder)?;
        }
        if cluster.is_running()? {
            say("taking over the PostgreSQL cluster that is still running");
        } else {
            say("starting PostgreSQL");
            cluster.launch(&folder)?;
        }
        Ok(cluster)
    }

    /// Stops the cluster; connections that are still open are closed.
    pub(crate) fn stop(&self) -> anyhow::Result<()> {
        self.program("pg_ctl")
            .args(["-m", "fast", "-w", "stop", "-D"])
            .arg(&self.data)
            .checked("stop PostgreSQL")
    }

    /// Makes sure that the service has its database and role, and returns the URL to open it.
    pub(crate) async fn database(&self, service: &str, ids: &Ids) -> anyhow::Result<SecretString> {
        let folder = self.data.parent().context("the cluster has a folder")?;
        prepare_database(self.admin(), service, folder, ids).await
    }

    fn admin(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.sockets)
            .username("postgres")
            .password(self.password.expose_secret())
            .database("postgres")
    }

    fn prepare(&self, folder: &Path) -> anyhow::Result<()> {
        for path in [folder, &self.sockets] {
            fs::create_dir_all(path).with_context(|| format!("create {}", path.display()))?;
            if let Some(owner) = self.owner {
                std::os::unix::fs::chown(path, Some(owner.uid), Some(owner.gid))
                    .with_context(|| format!("hand {} to the database's user", path.display()))?;
            }
        }
        Ok(())
    }

    fn initialise(&self, folder: &Path) -> anyhow::Result<()> {
        let file = folder.join("superuser.password");
        if let Some(owner) = self.owner {
            std::os::unix::fs::chown(&file, Some(owner.uid), Some(owner.gid))?;
        }
        let outcome = self
            .program("initdb")
            .args([
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-A",
                "scram-sha-256",
            ])
            .arg("--pwfile")
            .arg(&file)
            .arg("-D")
            .arg(&self.data)
            .checked("initialise the private PostgreSQL cluster");
        if outcome.is_err() {
            // A half-made cluster would be taken for a whole one at the next start.
            fs::remove_dir_all(&self.data).ok();
        }
        outcome
    }

    fn launch(&self, folder: &Path) -> anyhow::Result<()> {
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections={CONNECTIONS_MAX} \
             -c shared_buffers=128MB -c timezone=UTC",
            self.sockets.display()
        );
        let log = folder.join("postgresql.log");
        self.program("pg_ctl")
            .args(["-w", "-t", "60", "start", "-D"])
            .arg(&self.data)
            .arg("-l")
            .arg(&log)
            .arg("-o")
            .arg(settings)
            .checked("start PostgreSQL")
            .with_context(|| format!("its log is {}", log.display()))
    }

    fn is_running(&self) -> anyhow::Result<bool> {
        let status = self
            .program("pg_ctl")
            .arg("status")
            .arg("-D")
            .arg(&self.data)
            .output()?;
        Ok(status.status.success())
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        // PostgreSQL looks at its working folder, which must be readable for its user; and a Ctrl-C in the terminal
        // must reach the platform alone, which stops the database last.
        command
            .current_dir("/")
            .process_group(0)
            .stdin(std::process::Stdio::null());
        if let Some(owner) = self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }
}

trait Checked {
    fn checked(&mut self, what: &str) -> anyhow::Result<()>;
}

impl Checked for Command {
    fn checked(&mut self, what: &str) -> anyhow::Result<()> {
        // The server inherits the streams of `pg_ctl`: with pipes, waiting for their end would wait for the server.
        let captured = tempfile_for_output()?;
        let status = self
            .stdout(captured.try_clone()?)
            .stderr(captured.try_clone()?)
            .status()
            .with_context(|| what.to_owned())?;
        if status.success() {
            return Ok(());
        }
        bail!("{what}: {}", advice(&read_back(captured)?))
    }
}

fn tempfile_for_output() -> anyhow::Result<fs::File> {
    let path = std::env::temp_dir().join(format!("omnia-postgres-{}.log", std::process::id()));
    let file = fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

fn read_back(mut file: fs::File) -> anyhow::Result<String> {
    use std::io::{Read, Seek};
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}

fn advice(output: &str) -> String {
    if output.contains("No space left on device") {
        return format!(
            "the disk is full: free some space (a new cluster needs about 60 MB) and start again.\n{output}"
        );
    }
    if output.contains("Permission denied") {
        return format!(
            "the database's user cannot reach the data folder: give every folder above it the search permission \
             (chmod o+x), or choose another with OMNIA__DATABASE__DATA_FOLDER.\n{output}"
        );
    }
    output.to_owned()
}

/// Makes sure that the service has its database and role on a server of somebody's, and returns the URL to open it.
/// The role's password is kept in `folder`.
pub(crate) async fn on_server(
    server: &SecretString,
    service: &str,
    folder: &Path,
    ids: &Ids,
) -> anyhow::Result<SecretString> {
    let admin: PgConnectOptions = server
        .expose_secret()
        .parse()
        .context("OMNIA__DATABASE__URL is not a PostgreSQL URL")?;
    prepare_database(admin, service, folder, ids).await
}

async fn prepare_database(
    admin: PgConnectOptions,
    service: &str,
    folder: &Path,
    ids: &Ids,
) -> anyhow::Result<SecretString> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let password = kept_secret(&folder.join(format!("{service}.password")), ids)?;
    let role = format!("omnia_{service}");
    let mut connection = admin
        .connect()
        .await
        .context("open the PostgreSQL server")?;
    ensure_role(&mut connection, &role, &password).await?;
    ensure_database(&mut connection, service, &role).await?;
    let theirs = admin
        .username(&role)
        .password(password.expose_secret())
        .database(service);
    Ok(plain_url(theirs.to_url_lossy().as_str()).into())
}

/// The URL without the driver's own parameter, so that `psql` takes it too.
fn plain_url(url: &str) -> String {
    url.split("&statement-cache-capacity")
        .next()
        .unwrap_or(url)
        .to_owned()
}

/// PostgreSQL's programs: on the `PATH`, else in the distribution's folders, the newest first.
fn find_programs() -> anyhow::Result<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let places = std::env::var_os("OMNIA_POSTGRES_FOLDERS").unwrap_or_else(|| PACKAGED.into());
    let mut packaged: Vec<PathBuf> = std::env::split_paths(&places)
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin"))
        .collect();
    packaged.sort_by_key(|folder| std::cmp::Reverse(major_version(folder)));
    on_path.chain(packaged).find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists()).context(
        "PostgreSQL was not found. Install version 15 or later (Debian and Ubuntu: `apt-get install postgresql`), or \
         use a server of yours with OMNIA__DATABASE__URL=postgres://…",
    )
}

fn major_version(bin: &Path) -> u32 {
    let name = bin
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    name.and_then(|name| {
        name.trim_start_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .ok()
    })
    .unwrap_or(0)
}

/// When we are root: the user `postgres` if there is one, else `nobody`.
fn unprivileged_owner() -> anyhow::Result<Option<Owner>> {
    if fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("read the list of users")?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| users.lines().find_map(|line| owner_in(line, name)))
        .map(Some)
        .context("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as")
}

fn owner_in(line: &str, name: &str) -> Option<Owner> {
    let mut fields = line.split(':');
    (fields.next()? == name).then_some(())?;
    Some(Owner {
        uid: fields.nth(1)?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

/// The folder of the cluster. Under a folder that only root may enter (`/root`, say) the database's user could not
/// reach it: there it is a link to one that can be reached.
fn reachable(folder: &Path, unprivileged: bool) -> anyhow::Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    if !folder.exists() && unprivileged && folder.ancestors().skip(1).any(is_closed) {
        let elsewhere =
            PathBuf::from("/var/tmp").join(format!("omnia-{:016x}", fingerprint(&folder)));
        fs::create_dir_all(&elsewhere)
            .with_context(|| format!("create {}", elsewhere.display()))?;
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)?;
        }
        std::os::unix::fs::symlink(&elsewhere, &folder)
            .with_context(|| format!("link {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(fs::canonicalize(&folder)?)
}

/// Whether a folder lets only its owner pass.
fn is_closed(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|found| found.mode() & 0o001 == 0)
}

fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0, |hash: u64, byte| {
            hash.wrapping_mul(0x0100_0000_01b3)
                .wrapping_add(u64::from(*byte))
        })
}

/// Sockets live beside the data, unless the path would be longer than a socket's may be (107 bytes on Linux).
fn socket_folder(folder: &Path) -> PathBuf {
    let beside = folder.join("sockets");
    if beside.as_os_str().len() <= 80 {
        return beside;
    }
    std::env::temp_dir().join(format!("omnia-{:016x}", fingerprint(folder)))
}

fn password(folder: &Path, ids: &Ids) -> anyhow::Result<SecretString> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    kept_secret(&folder.join("superuser.password"), ids)
}

fn kept_secret(file: &Path, ids: &Ids) -> anyhow::Result<SecretString> {
    if !file.exists() {
        fs::write(file, ids.code(32)).with_context(|| format!("write {}", file.display()))?;
        fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
    }
    let secret = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    Ok(secret.trim().to_owned().into())
}

async fn ensure_role(
    admin: &mut PgConnection,
    role: &str,
    password: &SecretString,
) -> anyhow::Result<()> {
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(role)
        .fetch_one(&mut *admin)
        .await?;
    let verb = if known { "ALTER" } else { "CREATE" };
    execute(
        admin,
        format!(
            "{verb} ROLE {role} LOGIN PASSWORD '{}'",
            password.expose_secret()
        ),
    )
    .await
}

async fn ensure_database(admin: &mut PgConnection, name: &str, role: &str) -> anyhow::Result<()> {
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut *admin)
            .await?;
    if !known {
        execute(admin, format!("CREATE DATABASE {name} OWNER {role}")).await?;
    }
    execute(
        admin,
        format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"),
    )
    .await
}

/// Names and passwords are ours (letters and digits only): statements that define roles and databases take no
/// parameters.
async fn execute(admin: &mut PgConnection, statement: String) -> anyhow::Result<()> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(admin)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_folder_gets_its_sockets_elsewhere() {
        let deep = PathBuf::from(format!("/srv/{}", "long/".repeat(30)));
        assert!(socket_folder(&deep).as_os_str().len() < 80);
        assert_eq!(
            socket_folder(Path::new("/srv/omnia")),
            Path::new("/srv/omnia/sockets")
        );
    }

    #[test]
    fn a_full_disk_is_said_in_plain_words() {
        let said = advice("initdb: error: could not write: No space left on device");
        assert!(said.starts_with("the disk is full"));
    }

    #[test]
    fn the_database_user_is_read_from_the_list_of_users() {
        let owner = owner_in(
            "postgres:x:112:118:PostgreSQL:/var/lib/postgresql:/bin/bash",
            "postgres",
        )
        .unwrap();
        assert_eq!((owner.uid, owner.gid), (112, 118));
        assert!(owner_in("postgresql:x:1:1::/:/bin/sh", "postgres").is_none());
    }

    #[test]
    fn the_newest_packaged_version_comes_first() {
        assert!(
            major_version(Path::new("/usr/lib/postgresql/17/bin"))
                > major_version(Path::new("/usr/lib/postgresql/15/bin"))
        );
    }
}
