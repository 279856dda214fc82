//! The map of Italy by office: a drawing of our own, simplified, from longitudes and latitudes in hundredths of a degree.

use super::super::search::address;
use super::cut::Part;
use super::subject::Subject;
use crate::fields::Fields;
use crate::gateway::Offices;

/// Size of the drawing.
pub(super) const WIDTH: i32 = 420;
pub(super) const HEIGHT: i32 = 500;

/// West and north border of the drawing, hundredths of a degree.
const WEST: i32 = 640;
const NORTH: i32 = 4_720;

/// Hundredths for 100 of stock from which an office counts as one with many chronic claims.
const MANY_CHRONIC: i64 = 1_000;

/// Largest and smallest circle.
const LARGEST: i64 = 16;
const SMALLEST: i64 = 3;

type Point = (i32, i32);

/// Coasts and borders: the mainland, Sicily, Sardinia.
const OUTLINES: [&[Point]; 3] = [
    &[
        (750, 4378),
        (700, 4420),
        (660, 4520),
        (700, 4592),
        (785, 4592),
        (845, 4645),
        (900, 4582),
        (930, 4650),
        (1000, 4632),
        (1047, 4690),
        (1116, 4697),
        (1238, 4708),
        (1230, 4690),
        (1338, 4656),
        (1372, 4652),
        (1360, 4600),
        (1378, 4562),
        (1312, 4577),
        (1250, 4545),
        (1232, 4520),
        (1250, 4496),
        (1230, 4440),
        (1250, 4415),
        (1352, 4362),
        (1385, 4300),
        (1422, 4245),
        (1470, 4212),
        (1512, 4195),
        (1612, 4192),
        (1600, 4160),
        (1640, 4125),
        (1750, 4088),
        (1830, 4040),
        (1850, 4012),
        (1836, 3980),
        (1802, 3994),
        (1790, 4030),
        (1725, 4050),
        (1690, 4042),
        (1655, 3975),
        (1713, 3938),
        (1712, 3898),
        (1655, 3860),
        (1655, 3838),
        (1608, 3798),
        (1568, 3795),
        (1590, 3845),
        (1620, 3880),
        (1604, 3938),
        (1572, 3998),
        (1500, 4012),
        (1492, 4022),
        (1480, 4065),
        (1440, 4060),
        (1405, 4080),
        (1376, 4122),
        (1300, 4124),
        (1222, 4170),
        (1178, 4208),
        (1112, 4238),
        (1060, 4290),
        (1048, 4315),
        (1025, 4372),
        (1000, 4402),
        (955, 4415),
        (895, 4441),
        (845, 4428),
        (808, 4390),
    ],
    &[
        (1565, 3827),
        (1508, 3750),
        (1528, 3703),
        (1512, 3666),
        (1450, 3682),
        (1385, 3710),
        (1312, 3748),
        (1245, 3788),
        (1255, 3808),
        (1275, 3816),
        (1332, 3820),
        (1365, 3800),
        (1450, 3804),
        (1520, 3814),
    ],
    &[
        (920, 4122),
        (965, 4088),
        (982, 4055),
        (965, 3990),
        (955, 3914),
        (910, 3922),
        (886, 3888),
        (840, 3898),
        (838, 3938),
        (850, 3986),
        (838, 4058),
        (822, 4090),
        (870, 4090),
    ],
];

/// Where offices are: code, longitude, latitude.
const OFFICES: [(&str, i32, i32); 107] = [
    ("810000", 768, 4507),
    ("890000", 842, 4532),
    ("520000", 862, 4545),
    ("270000", 755, 4439),
    ("070000", 821, 4490),
    ("020000", 862, 4491),
    ("890100", 805, 4557),
    ("520100", 855, 4592),
    ("040000", 732, 4574),
    ("870000", 883, 4582),
    ("240000", 908, 4581),
    ("770000", 987, 4617),
    ("490000", 919, 4546),
    ("120000", 967, 4570),
    ("150000", 1022, 4554),
    ("570000", 916, 4519),
    ("260000", 1002, 4513),
    ("450000", 1079, 4516),
    ("240100", 939, 4585),
    ("492700", 950, 4531),
    ("490100", 927, 4558),
    ("140000", 1135, 4650),
    ("830000", 1112, 4607),
    ("900000", 1099, 4544),
    ("910000", 1155, 4555),
    ("100000", 1222, 4614),
    ("840000", 1224, 4567),
    ("880000", 1233, 4544),
    ("540000", 1188, 4541),
    ("710000", 1179, 4507),
    ("860000", 1324, 4606),
    ("350000", 1362, 4594),
    ("850000", 1377, 4565),
    ("930000", 1266, 4596),
    ("370000", 803, 4389),
    ("740000", 848, 4431),
    ("340000", 893, 4441),
    ("390000", 982, 4411),
    ("610000", 969, 4505),
    ("560000", 1033, 4480),
    ("680000", 1063, 4470),
    ("500000", 1093, 4465),
    ("130000", 1134, 4449),
    ("290000", 1162, 4484),
    ("660000", 1220, 4442),
    ("320000", 1204, 4422),
    ("320100", 1257, 4406),
    ("460000", 1014, 4404),
    ("430000", 1050, 4384),
    ("630000", 1092, 4393),
    ("300000", 1125, 4377),
    ("420000", 1031, 4355),
    ("620000", 1040, 4372),
    ("050000", 1188, 4346),
    ("750000", 1133, 4332),
    ("360000", 1111, 4276),
    ("300100", 1110, 4388),
    ("580000", 1239, 4311),
    ("800000", 1264, 4256),
    ("590000", 1291, 4391),
    ("030000", 1351, 4362),
    ("440000", 1345, 4330),
    ("060000", 1358, 4285),
    ("060001", 1372, 4316),
    ("920000", 1210, 4242),
    ("690000", 1286, 4240),
    ("700000", 1250, 4190),
    ("400000", 1290, 4147),
    ("330000", 1334, 4164),
    ("380000", 1340, 4235),
    ("790000", 1370, 4266),
    ("600000", 1421, 4246),
    ("230000", 1417, 4235),
    ("190000", 1466, 4156),
    ("940000", 1423, 4159),
    ("200000", 1433, 4107),
    ("110000", 1478, 4113),
    ("510000", 1427, 4085),
    ("080000", 1479, 4091),
    ("720000", 1477, 4068),
    ("310000", 1554, 4146),
    ("090000", 1687, 4112),
    ("780000", 1724, 4047),
    ("160000", 1795, 4063),
    ("410000", 1817, 4035),
    ("090100", 1628, 4132),
    ("640000", 1580, 4064),
    ("470000", 1660, 4067),
    ("250000", 1625, 3930),
    ("220000", 1659, 3891),
    ("670000", 1565, 3811),
    ("220300", 1713, 3908),
    ("220200", 1610, 3868),
    ("820000", 1251, 3802),
    ("550000", 1336, 3812),
    ("480000", 1555, 3819),
    ("010000", 1358, 3731),
    ("180000", 1406, 3749),
    ("280000", 1428, 3757),
    ("210000", 1509, 3750),
    ("650000", 1473, 3693),
    ("760000", 1529, 3708),
    ("730000", 856, 4073),
    ("530000", 933, 4032),
    ("170000", 912, 3922),
    ("950000", 859, 3990),
    ("170101", 852, 3917),
];

/// A circle of the map.
pub(super) struct Circle {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) radius: i64,
    /// How much of the stock is chronic: `nessuna`, `poche`, `molte`.
    pub(super) tone: &'static str,
    pub(super) name: String,
    pub(super) stock: i64,
    pub(super) address: String,
}

/// Outlines as the points of polygons.
pub(super) fn outlines() -> Vec<String> {
    let point = |(longitude, latitude): &Point| {
        let (x, y) = place(*longitude, *latitude);
        format!("{x},{y}")
    };
    OUTLINES
        .iter()
        .map(|outline| outline.iter().map(point).collect::<Vec<_>>().join(" "))
        .collect()
}

/// The offices of an answer that have a place on the map, large ones first, so that small ones lie upon them.
pub(super) fn circles(
    subject: Subject,
    query: &Fields,
    parts: &[Part],
    offices: &Offices,
) -> Vec<Circle> {
    let stock_of = |part: &Part| part.measures.stock();
    let largest = parts.iter().map(stock_of).max().unwrap_or(0);
    let mut circles: Vec<_> = parts
        .iter()
        .filter_map(|part| {
            let (_, longitude, latitude) = OFFICES.iter().find(|(code, ..)| *code == part.value)?;
            let (x, y) = place(*longitude, *latitude);
            let chronic = part.rates.chronic_hundredths.unwrap_or(0);
            Some(Circle {
                x,
                y,
                radius: radius(stock_of(part), largest),
                tone: match chronic {
                    0 => "nessuna",
                    MANY_CHRONIC.. => "molte",
                    _ => "poche",
                },
                name: offices.name(&part.value),
                stock: stock_of(part),
                address: address(
                    subject.path(),
                    query,
                    &[("sede", &part.value), ("agenzie", "")],
                ),
            })
        })
        .collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.radius));
    circles
}

/// Degrees of longitude are shorter than those of latitude: three quarters at the middle of Italy.
fn place(longitude: i32, latitude: i32) -> (i32, i32) {
    let x = (longitude - WEST) * 33 / 100 + 10;
    let y = (NORTH - latitude) * 44 / 100 + 8;
    (x, y)
}

/// The area grows with the stock.
fn radius(stock: i64, largest: i64) -> i64 {
    if largest <= 0 || stock <= 0 {
        return SMALLEST;
    }
    let share = stock * (LARGEST * LARGEST) / largest;
    share.isqrt().max(SMALLEST)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_office_has_one_place_on_the_drawing() {
        let codes: BTreeSet<_> = OFFICES.iter().map(|(code, ..)| code).collect();
        assert_eq!(codes.len(), OFFICES.len());
        for (code, longitude, latitude) in OFFICES {
            let (x, y) = place(longitude, latitude);
            assert!(
                (0..WIDTH).contains(&x) && (0..HEIGHT).contains(&y),
                "{code}"
            );
        }
        for (longitude, latitude) in OUTLINES.concat() {
            let (x, y) = place(longitude, latitude);
            assert!((0..WIDTH).contains(&x) && (0..HEIGHT).contains(&y));
        }
    }

    #[test]
    fn a_circle_grows_with_the_stock_and_never_vanishes() {
        assert_eq!((radius(0, 0), radius(0, 100)), (SMALLEST, SMALLEST));
        assert_eq!(radius(100, 100), LARGEST);
        assert_eq!(radius(25, 100), LARGEST / 2);
    }
}
