//! The territory, as other tables refer to it.

use sqlx::PgConnection;

use crate::domain::territory::Territory;

/// Makes the tables equal to the territory of this release; rows that are right already are left alone.
pub async fn load(conn: &mut PgConnection, territory: &Territory) -> Result<(), sqlx::Error> {
    load_regions(conn, territory).await?;
    load_offices(conn, territory).await?;
    load_provinces(conn, territory).await
}

async fn load_regions(conn: &mut PgConnection, territory: &Territory) -> Result<(), sqlx::Error> {
    let rows = territory.regions();
    let dm1986: Vec<String> = rows.iter().map(|one| one.dm1986.clone()).collect();
    let istat: Vec<String> = rows.iter().map(|one| one.istat.clone()).collect();
    let name: Vec<String> = rows.iter().map(|one| one.name.clone()).collect();
    sqlx::query!(
        "INSERT INTO region AS known (dm1986, istat, name)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
         ON CONFLICT (dm1986) DO UPDATE SET istat = excluded.istat, name = excluded.name
         WHERE (known.istat, known.name) IS DISTINCT FROM (excluded.istat, excluded.name)",
        &dm1986,
        &istat,
        &name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn load_offices(conn: &mut PgConnection, territory: &Territory) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = territory.offices().collect();
    let code: Vec<String> = rows.iter().map(|one| one.code.to_string()).collect();
    let name: Vec<String> = rows.iter().map(|one| one.name.clone()).collect();
    let kind: Vec<String> = rows.iter().map(|one| one.kind.name().to_owned()).collect();
    let parent: Vec<Option<String>> = rows
        .iter()
        .map(|one| one.parent.as_ref().map(ToString::to_string))
        .collect();
    let region_istat: Vec<String> = rows.iter().map(|one| one.region_istat.clone()).collect();
    let region_dm1986: Vec<Option<String>> =
        rows.iter().map(|one| one.region_dm1986.clone()).collect();
    let province: Vec<Option<String>> = rows.iter().map(|one| one.province_istat.clone()).collect();
    let metro: Vec<Option<String>> = rows
        .iter()
        .map(|one| one.metro.map(|metro| metro.name().to_owned()))
        .collect();
    sqlx::query!(
        "INSERT INTO office AS known
             (code, name, kind, parent, region_istat, region_dm1986, province_istat, metro)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
             $7::text[], $8::text[])
         ON CONFLICT (code) DO UPDATE SET
             name = excluded.name, kind = excluded.kind, parent = excluded.parent,
             region_istat = excluded.region_istat, region_dm1986 = excluded.region_dm1986,
             province_istat = excluded.province_istat, metro = excluded.metro
         WHERE known IS DISTINCT FROM excluded",
        &code,
        &name,
        &kind,
        &parent as &[Option<String>],
        &region_istat,
        &region_dm1986 as &[Option<String>],
        &province as &[Option<String>],
        &metro as &[Option<String>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn load_provinces(conn: &mut PgConnection, territory: &Territory) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = territory.provinces().collect();
    let istat: Vec<String> = rows.iter().map(|one| one.istat.clone()).collect();
    let sign: Vec<String> = rows.iter().map(|one| one.sign.clone()).collect();
    let capital: Vec<String> = rows.iter().map(|one| one.capital.clone()).collect();
    let region: Vec<String> = rows.iter().map(|one| one.region_dm1986.clone()).collect();
    let office: Vec<String> = rows.iter().map(|one| one.office.to_string()).collect();
    sqlx::query!(
        "INSERT INTO province AS known (istat, sign, capital, region_dm1986, office)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         ON CONFLICT (istat) DO UPDATE SET
             sign = excluded.sign, capital = excluded.capital,
             region_dm1986 = excluded.region_dm1986, office = excluded.office
         WHERE known IS DISTINCT FROM excluded",
        &istat,
        &sign,
        &capital,
        &region,
        &office,
    )
    .execute(conn)
    .await?;
    Ok(())
}
