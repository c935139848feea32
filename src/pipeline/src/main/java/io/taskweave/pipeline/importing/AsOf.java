package io.taskweave.pipeline.importing;

import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;

/**
 * The moment whose knowledge the values of a joined table hold.
 *
 * @param text {@code static} for attributes that no behaviour changes; a day as {@code yyyy-MM-dd},
 *     whose whole behaviour is known; or an instant such as {@code 2022-04-24T16:00:00Z}
 */
public record AsOf(String text) implements Serializable {
  /** For attributes that no behaviour changes. */
  public static final String STATIC = "static";

  private static final int DAY_LENGTH = 10;

  /**
   * @throws DateTimeParseException if it is neither static nor a day nor an instant
   */
  public AsOf {
    if (!text.equals(STATIC)) {
      if (text.length() == DAY_LENGTH) {
        LocalDate.parse(text);
      } else {
        Instant.parse(text);
      }
    }
  }

  /** Whether it knows any of a day's behaviour, or later. The day begins in the zone. */
  public boolean covers(LocalDate day, ZoneId zone) {
    if (isStatic()) {
      return false;
    }
    return text.length() == DAY_LENGTH
        ? !LocalDate.parse(text).isBefore(day)
        : Instant.parse(text).isAfter(day.atStartOfDay(zone).toInstant());
  }

  public boolean isStatic() {
    return text.equals(STATIC);
  }
}
