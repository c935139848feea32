package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** News age in hours: what tests is unknown to training where articles are a field. */
class UnseenArticlesIT {
  @TempDir Path folder;

  @Test
  void areToldOfWithoutBeingAskedFor() throws IOException {
    Path news = Files.createDirectories(folder.resolve("news"));
    writeNews(news);
    String said = "";
    for (String stage : List.of("import", "validate", "negatives", "split", "features")) {
      StringWriter out = new StringWriter();
      int code =
          TaskweaveCommand.commandLine()
              .setOut(new PrintWriter(out))
              .setErr(new PrintWriter(out))
              .execute(
                  stage,
                  "conf/globo-tin.conf",
                  "--workspace",
                  folder.resolve("news-work").toString(),
                  "--set",
                  "import.path=" + news,
                  "--set",
                  "features.minimum-count=60",
                  "--set",
                  "features.fields=[{ name = category, column = category_id },"
                      + " { name = article, column = click_article_id }]");
      assertThat(code).as(stage + out).isZero();
      said += out;
    }
    assertThat(said)
        .containsPattern(
            "found +field article is out of vocabulary in [0-9.]+ percent of the [0-9]+ positive"
                + " and [0-9.]+ percent of the [0-9]+ negative rows of click in train: a model"
                + " learns that unknown means negative")
        .contains("training has hardly met the unknown value that is common there")
        .doesNotContain("field category");
  }

  /** Each day a few articles get most of the clicks and many get some, and all are new. */
  private static void writeNews(Path target) throws IOException {
    StringBuilder clicks =
        new StringBuilder(
            "user_id,session_id,session_start,session_size,click_article_id,click_timestamp,"
                + "click_environment,click_deviceGroup,click_os,click_country,click_region,"
                + "click_referrer_type\n");
    StringBuilder articles = new StringBuilder("article_id,category_id\n");
    long firstDay = Instant.parse("2017-10-13T10:00:00Z").toEpochMilli();
    for (int day = 0; day < 4; day++) {
      for (int article = 0; article < 60; article++) {
        articles.append(100 * day + article).append(',').append(article % 5).append('\n');
      }
      for (int click = 0; click < 1200; click++) {
        int article = click % 10 < 9 ? click % 8 : 8 + click / 10 % 52;
        long time = firstDay + day * 86_400_000L + 1000L * click;
        clicks.append(click / 4).append(",1,1,1,").append(100 * day + article);
        clicks.append(',').append(time).append(",4,3,20,1,20,2\n");
      }
    }
    Files.writeString(target.resolve("clicks_h000.csv"), clicks);
    Files.writeString(target.resolve("articles_category.csv"), articles);
  }
}
