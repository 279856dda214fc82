//! The worked examples of `limits.md` §13.2, one test each, read from the specification itself.

use crate::spec::{self, check};

macro_rules! examples {
    ($($name:ident => $id:literal),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                check($id);
            }
        )+

        const COVERED: &[&str] = &[$($id),+];
    };
}

examples! {
    e01_three_ordinary_blocks_leave_room => "E01",
    e02_after_52_weeks_the_first_free_week_and_the_first_free_block => "E02",
    e05_three_declared_days_a_week_for_13_weeks_weigh_7_8_weeks => "E05",
    e06_eone_in_manufacturing_is_outside_the_52_weeks => "E06",
    e07_winter_eone_in_construction_counts_and_a_straddling_week_too => "E07",
    e08_covid_periods_are_skipped_and_do_not_stretch_the_window => "E08",
    e09_nine_weeks_of_thirteen_are_grantable => "E09",
    e10_fifty_two_consecutive_weeks_then_fifty_two_of_normal_work => "E10",
    e11_a_run_of_45_weeks_leaves_seven => "E11",
    e14_24_months_of_cds_weigh_12 => "E14",
    e15_cigo_and_crisis_fill_the_24_months_until_a_week_comes_back => "E15",
    e16_construction_has_30_months_and_no_halving_of_cds => "E16",
    e23_a_week_of_cigo_inside_a_cds_counts_once_as_cigo => "E23",
    e24_a_reorganisation_after_a_year_of_cigo_gets_12_of_18_months => "E24",
}

#[test]
fn every_example_of_a_counter_that_exists_is_tested() {
    for (id, kind) in spec::ids_and_kinds() {
        let exists = spec::KINDS.contains(&kind.as_str());
        assert_eq!(COVERED.contains(&id.as_str()), exists, "{id} ({kind})");
        if !exists {
            println!("{id} skipped: there is no counter of kind {kind} yet");
        }
    }
}
