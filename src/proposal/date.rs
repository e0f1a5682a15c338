//! Dates: of mails (RFC 2822), from seconds and back, and of changelogs (ISO 8601).

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAY: i64 = 24 * 60 * 60;

/// Returns a time as a mail says it: `Tue, 14 Nov 2023 23:13:20 +0100`.
pub fn write(seconds: i64, zone: i32) -> String {
    let local = seconds + i64::from(zone) * 60;
    let (days, rest) = (local.div_euclid(DAY), local.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let weekday = DAYS[usize::try_from(days.rem_euclid(7)).expect("a week has seven days")];
    let name = MONTHS[usize::try_from(month - 1).expect("months are counted from one")];
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let (sign, zone) = (if zone < 0 { '-' } else { '+' }, zone.abs());
    format!(
        "{weekday}, {day} {name} {year} {hour:02}:{minute:02}:{second:02} {sign}{:02}{:02}",
        zone / 60,
        zone % 60
    )
}

/// Returns the day of a time in Greenwich: `2023-11-14`.
pub fn day(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns a time in Greenwich as RFC 3339 has it: `2023-11-14T22:13:20Z`.
pub fn instant(seconds: i64) -> String {
    let rest = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", day(seconds))
}

/// Reads what [`write()`] writes: seconds since 1970, and minutes east of Greenwich.
pub fn read(text: &str) -> Option<(i64, i32)> {
    let fields: Vec<&str> = text.split(' ').collect();
    let [_, day, month, year, time, zone] = fields.as_slice() else {
        return None;
    };
    let month = MONTHS.iter().position(|name| name == month)?;
    let clock: Vec<i64> = time.split(':').map(field).collect::<Option<_>>()?;
    let [hour, minute, second] = clock.as_slice() else {
        return None;
    };
    let digits = i32::from(zone.get(1..)?.parse::<u16>().ok()?);
    let minutes = digits / 100 * 60 + digits % 100;
    let zone = if zone.starts_with('-') {
        -minutes
    } else {
        minutes
    };
    let days = days_to(field(year)?, i64::try_from(month).ok()? + 1) + field(day)? - 1;
    let seconds = days * DAY + hour * 3600 + minute * 60 + second - i64::from(zone) * 60;
    // One time has one spelling: the day of the week is right, and no field overflows.
    (write(seconds, zone) == text).then_some((seconds, zone))
}

/// Sixteen bits hold every field, and keep what is computed of them in bounds.
fn field(text: &str) -> Option<i64> {
    text.parse::<u16>().ok().map(i64::from)
}

/// Returns year, month and day of a day counted from 1970 (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (
        year_of_era + era * 400 + i64::from(month <= 2),
        month,
        of_year - (153 * from_march + 2) / 5 + 1,
    )
}

/// Returns the first day of a month, counted from 1970.
fn days_to(year: i64, month: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = (month + 9) % 12;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100
        + (153 * from_march + 2) / 5
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, zone: i32, text: &str) {
        assert_eq!(write(seconds, zone), text);
        assert_eq!(read(text), Some((seconds, zone)));
    }

    #[test]
    fn a_date_is_written_and_read() {
        check(0, 0, "Thu, 1 Jan 1970 00:00:00 +0000");
        check(1_700_000_000, 60, "Tue, 14 Nov 2023 23:13:20 +0100");
        check(1_700_000_000, -210, "Tue, 14 Nov 2023 18:43:20 -0330");
        check(951_782_400, 0, "Tue, 29 Feb 2000 00:00:00 +0000");
        check(4_102_444_799, 0, "Thu, 31 Dec 2099 23:59:59 +0000");
        for day in 0..50_000 {
            assert_eq!(
                read(&write(day * DAY + 4711, 330)),
                Some((day * DAY + 4711, 330))
            );
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for bad in [
            "",
            "Tue, 14 Nov 2023 23:13:20",
            "Mon, 14 Nov 2023 23:13:20 +0100",
            "Thu, 30 Feb 2023 00:00:00 +0000",
            "Tue, 14 Nov 99999999999 23:13:20 +0100",
            "Tue, 14 Nov 2023 9223372036854775807:13:20 +0100",
            "Tue, 9223372036854775807 Nov 2023 23:13:20 +0100",
            "Tue, 14 Nov 2023 23:13:20 +2147483647",
            "Tue, 14 Nov 2023 23:13:20 ü",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_is_the_one_in_greenwich() {
        assert_eq!(day(1_700_000_000), "2023-11-14");
        assert_eq!(day(951_782_399), "2000-02-28");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(instant(1_700_000_000), "2023-11-14T22:13:20Z");
    }
}
