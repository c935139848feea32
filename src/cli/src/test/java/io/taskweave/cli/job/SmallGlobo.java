package io.taskweave.cli.job;

import io.taskweave.core.random.CounterRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** Made-up clicks in the layout of Globo: four days, on each of which every user clicks a while. */
final class SmallGlobo {
  private static final long FIRST_DAY = Instant.parse("2017-10-13T10:00:00Z").toEpochMilli();
  private static final long DAY_MILLIS = 86_400_000;
  private static final long HOUR_MILLIS = 3_600_000;
  private static final int USERS = 60;
  private static final int CLICKS = 5;
  private static final int ARTICLES = 400;
  private static final int CATEGORIES = 8;

  void writeTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    StringBuilder clicks =
        new StringBuilder(
            "user_id,session_id,session_start,session_size,click_article_id,click_timestamp,"
                + "click_environment,click_deviceGroup,click_os,click_country,click_region,"
                + "click_referrer_type\n");
    for (int day = 0; day < 4; day++) {
      for (int user = 0; user < USERS; user++) {
        long start =
            FIRST_DAY + day * DAY_MILLIS + (long) (HOUR_MILLIS * CounterRandom.uniform(day, user));
        for (int click = 0; click < CLICKS; click++) {
          int article =
              (int) (ARTICLES * CounterRandom.uniform(CounterRandom.mix(day, user), click));
          clicks.append(
              String.join(
                  ",",
                  Integer.toString(user),
                  Long.toString(start * 1000 + user),
                  Long.toString(start),
                  Integer.toString(CLICKS),
                  Integer.toString(article),
                  Long.toString(start + 30_000L * click),
                  "4,3,20,1,20,2"));
          clicks.append('\n');
        }
      }
    }
    Files.writeString(folder.resolve("clicks_h000-023.csv"), clicks);
    StringBuilder articles = new StringBuilder("article_id,category_id\n");
    for (int article = 0; article < ARTICLES; article++) {
      articles.append(article).append(',').append(article % CATEGORIES).append('\n');
    }
    Files.writeString(folder.resolve("articles_category.csv"), articles);
  }
}
