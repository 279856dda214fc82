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
    e03_thirty_days_of_nine_weeks_give_three_back => "E03",
    e04_a_six_day_week_leaves_a_rest_of_days => "E04",
    e05_three_declared_days_a_week_for_13_weeks_weigh_7_8_weeks => "E05",
    e06_eone_in_manufacturing_is_outside_the_52_weeks => "E06",
    e07_winter_eone_in_construction_counts_and_a_straddling_week_too => "E07",
    e08_covid_periods_are_skipped_and_do_not_stretch_the_window => "E08",
    e09_nine_weeks_of_thirteen_are_grantable => "E09",
    e10_fifty_two_consecutive_weeks_then_fifty_two_of_normal_work => "E10",
    e11_a_run_of_45_weeks_leaves_seven => "E11",
    e12_part_timers_are_heads_of_their_own_hours => "E12",
    e13_hours_of_an_authorisation_half_outside_the_window_are_shared_by_week => "E13",
    e14_24_months_of_cds_weigh_12 => "E14",
    e15_cigo_and_crisis_fill_the_24_months_until_a_week_comes_back => "E15",
    e16_construction_has_30_months_and_no_halving_of_cds => "E16",
    e17_five_employees_on_average_have_13_weeks_of_ais => "E17",
    e18_two_thirds_of_a_crisis_must_pass => "E18",
    e19_a_term_on_boxing_day_rolls_over_to_monday => "E19",
    e20_direct_payment_is_due_at_the_later_of_two_terms => "E20",
    e21_one_cap_in_2026 => "E21",
    e22_new_weeks_cross_the_band_of_52 => "E22",
    e23_a_week_of_cigo_inside_a_cds_counts_once_as_cigo => "E23",
    e24_a_reorganisation_after_a_year_of_cigo_gets_12_of_18_months => "E24",
}

#[test]
fn every_example_of_the_rulebook_is_tested() {
    let ids = spec::ids();
    assert!(ids.is_empty() || ids == COVERED, "{ids:?}");
}
