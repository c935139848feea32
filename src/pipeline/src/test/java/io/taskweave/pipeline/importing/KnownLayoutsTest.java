package io.taskweave.pipeline.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.StageRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Public layouts, on files made up here. */
class KnownLayoutsTest {
  private static final ZoneId SHANGHAI = ZoneId.of("Asia/Shanghai");

  @TempDir Path folder;

  @Test
  void kuaiRandIsJoinedWithUsersAndVideosAndItsDateDecidesTheDay() throws IOException {
    String like = "712,52,20220425,5,1650813000000,1,1,0,0,0,0,1,61802,49866,0,0,0,0,1\n";
    gzip(
        "log_standard_4_25_to_5_03_pure.csv.gz",
        "user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,"
            + "is_hate,long_view,play_time_ms,duration_ms,profile_stay_time,comment_stay_time,"
            + "is_profile_enter,is_rand,tab\n"
            + like
            + like
            // 2022-04-27 in Shanghai by its time, but the 26th by its date.
            + "9,53,20220426,2350,1651000000000,0,0,0,0,0,0,0,0,8000,0,0,0,0,4\n");
    Files.writeString(
        folder.resolve("user_features_pure.csv"),
        "user_id,user_active_degree,is_lowactive_period,is_live_streamer,is_video_author,"
            + "follow_user_num,follow_user_num_range,fans_user_num,fans_user_num_range,"
            + "friend_user_num,friend_user_num_range,register_days,register_days_range,"
            + IntStream.range(0, 18)
                .mapToObj(i -> "onehot_feat" + i)
                .collect(Collectors.joining(","))
            + "\n712,full_active,0,-124,1,514,500+,150,\"[100,1k)\",34,\"[30,60)\",799,730+,"
            + "1,1,29,949,1.0,0,0,14,135,6,3,0,0.0,1.0,0.0,0.0,,0.0\n");
    Files.writeString(
        folder.resolve("video_features_basic_pure.csv"),
        "video_id,author_id,video_type,upload_dt,upload_type,visible_status,video_duration,"
            + "server_width,server_height,music_id,music_type,tag\n"
            + "52,7349781,NORMAL,2022-04-10,LongImport,0.0,87433.0,720.0,1280.0,9155697141,9.0,"
            + "\"39,40\"\n");

    ImportPlan plan =
        ImportPlan.kuaiRand(folder.toString(), SHANGHAI, new DuplicateRule.ExactRows());
    Manifest manifest = published(plan);
    assertThat(manifest.rowsByPartition()).isEqualTo(Map.of("2022-04-25", 1L, "2022-04-26", 1L));
    assertThat(manifest.summary().get("exact_duplicates_removed").asLong()).isEqualTo(1);
    Row joined = rows().where("user_id = 712").first();
    assertThat(joined.<Long>getAs("time")).isEqualTo(1650813000000L);
    assertThat(joined.<String>getAs("fans_user_num_range")).isEqualTo("[100,1k)");
    assertThat(joined.<Integer>getAs("is_live_streamer")).isEqualTo(-124);
    assertThat(joined.<Long>getAs("music_id")).isEqualTo(9155697141L);
    assertThat(joined.<String>getAs("tag")).isEqualTo("39,40");
    assertThat(joined.<Double>getAs("onehot_feat16")).isNull();
    Row unknown = rows().where("user_id = 9").first();
    assertThat(unknown.<String>getAs("user_active_degree")).isNull();
    assertThat(unknown.<Long>getAs("author_id")).isNull();
  }

  @Test
  void tikTokHasNoHeaderAndCountsInSeconds() throws IOException {
    Path log =
        Files.writeString(
            folder.resolve("final_track2_train.txt"),
            """
            37448 115 567569 44888 42 0 1 0 1699 43981 1704067199 9
            8623 82 1209192 10098 106 0 1 0 -1 11996 1704067200 8
            """
                .replace(' ', '\t'));
    Manifest manifest =
        published(
            ImportPlan.tikTok(log.toString(), ZoneId.of("UTC"), new DuplicateRule.ExactRows()));
    assertThat(manifest.rowsByPartition().keySet()).containsExactly("2023-12-31", "2024-01-01");
    Row row = rows().where("uid = 8623").first();
    assertThat(row.<Long>getAs("time")).isEqualTo(1704067200000L);
    assertThat(row.<Integer>getAs("music_id")).isEqualTo(-1);
    assertThat(row.<Integer>getAs("like")).isZero();
  }

  @Test
  void globoClicksOfAllHoursGetTheCategoryOfTheirArticle() throws IOException {
    String header =
        "user_id,session_id,session_start,session_size,click_article_id,click_timestamp,"
            + "click_environment,click_deviceGroup,click_os,click_country,click_region,"
            + "click_referrer_type\n";
    gzip(
        "clicks_h000-023.csv.gz",
        header + "5,1506825423271737,1506825423000,2,157541,1506826828020,4,3,20,1,20,2\n");
    gzip(
        "clicks_h024-047.csv.gz",
        header + "5,1506911823271737,1506911823000,1,99,1506911823020,4,3,20,1,20,2\n");
    gzip("articles_category.csv.gz", "article_id,category_id\n157541,281\n7,3\n");
    Manifest manifest =
        published(
            ImportPlan.globo(folder.toString(), ZoneId.of("UTC"), new DuplicateRule.ExactRows()));
    assertThat(manifest.rowsByPartition().keySet()).containsExactly("2017-10-01", "2017-10-02");
    Row row = rows().where("click_article_id = 157541").first();
    assertThat(row.<Integer>getAs("category_id")).isEqualTo(281);
    assertThat(row.<Long>getAs("time")).isEqualTo(1506826828020L);
    assertThat(rows().where("click_article_id = 99").first().<Integer>getAs("category_id"))
        .isNull();
  }

  @Test
  void amazonReviewsAsJsonLinesGetTheLastNameOfTheirLastCategoryPath() throws IOException {
    gzip(
        "reviews_Electronics_5.json.gz",
        """
        {"reviewerID": "A1", "asin": "B0", "reviewText": "Ok \\"so\\"", "overall": 5.0, "unixReviewTime": 1370131200}
        {"reviewerID": "A2", "asin": "B1", "overall": 4.0, "unixReviewTime": 1370217600}
        """);
    gzip(
        "meta_Electronics.json.gz",
        """
        {'asin': 'B0', 'title': "It's", 'categories': [['Electronics', 'A'], ['Electronics', 'Men\\'s "C"']]}
        {'asin': 'B1', 'categories': [[]]}
        """);
    published(
        ImportPlan.amazon(
            folder.toString(),
            TableFormat.Kind.JSON,
            ZoneId.of("UTC"),
            new DuplicateRule.ExactRows()));
    Row row = rows().where("asin = 'B0'").first();
    assertThat(row.<String>getAs("categories")).isEqualTo("Men's \"C\"");
    assertThat(row.<Long>getAs("time")).isEqualTo(1370131200000L);
    assertThat(rows().where("asin = 'B1'").first().<String>getAs("categories")).isNull();
  }

  @Test
  void amazonReviewsAsCsvGetTheSameColumns() throws IOException {
    Files.writeString(
        folder.resolve("reviews.csv"),
        "reviewerID,asin,overall,unixReviewTime\nA1,B0,5.0,1370131200\n");
    Files.writeString(folder.resolve("meta.csv"), "asin,categories\nB0,Electronics|Cables\n");
    published(
        ImportPlan.amazon(
            folder.toString(),
            TableFormat.Kind.CSV,
            ZoneId.of("UTC"),
            new DuplicateRule.ExactRows()));
    assertThat(rows().first().<String>getAs("categories")).isEqualTo("Cables");
    assertThat(rows().first().<String>getAs("reviewerID")).isEqualTo("A1");
  }

  @Test
  void aLineThatIsNoJsonObjectIsRefusedAndShown() throws IOException {
    Files.writeString(folder.resolve("reviews.json"), "{\"reviewerID\": \"A1\", asin\n");
    Files.writeString(folder.resolve("meta.json"), "{\"asin\": \"B0\", \"categories\": []}\n");
    ImportPlan plan =
        ImportPlan.amazon(
            folder.toString(),
            TableFormat.Kind.JSON,
            ZoneId.of("UTC"),
            new DuplicateRule.ExactRows());
    assertThatThrownBy(() -> published(plan))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("reviews.json")
        .hasMessageContaining("A1");
  }

  private Manifest published(ImportPlan plan) {
    return new StageRunner(LocalSpark.session(), Progress.NONE)
        .run(new LogImport(plan, output()), true)
        .manifest();
  }

  private Dataset<Row> rows() {
    return DataSet.open(output()).rows(LocalSpark.session());
  }

  private org.apache.hadoop.fs.Path output() {
    return new org.apache.hadoop.fs.Path(folder.resolve("out").toString());
  }

  private void gzip(String name, String text) throws IOException {
    try (GZIPOutputStream stream =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve(name)))) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
