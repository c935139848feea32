package io.taskweave.cli.job;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.zip.GZIPOutputStream;

/** Made-up files in the layout of KuaiRand-Pure: a log of nine days, its users and its videos. */
final class SmallKuaiRand {
  private static final int USERS = 60;
  private static final int VIDEOS = 40;
  private static final int ROWS_A_DAY = 400;
  private static final LocalDate FIRST_DAY = LocalDate.of(2022, 4, 25);
  private static final int DAYS = 9;

  private final SplittableRandom random = new SplittableRandom(11);

  void writeTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    writeLog(folder.resolve("log_standard_4_25_to_5_03_pure.csv.gz"));
    writeUsers(folder.resolve("user_features_pure.csv"));
    writeVideos(folder.resolve("video_features_basic_pure.csv"));
  }

  private void writeLog(Path file) throws IOException {
    try (BufferedWriter out =
        new BufferedWriter(
            new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8))) {
      out.write(
          "user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,"
              + "is_hate,long_view,play_time_ms,duration_ms,profile_stay_time,comment_stay_time,"
              + "is_profile_enter,is_rand,tab\n");
      for (int day = 0; day < DAYS; day++) {
        LocalDate date = FIRST_DAY.plusDays(day);
        long midnight = date.atStartOfDay(ZoneOffset.ofHours(8)).toInstant().toEpochMilli();
        for (int row = 0; row < ROWS_A_DAY; row++) {
          int minute = random.nextInt(24 * 60);
          int user = random.nextInt(USERS);
          int video = random.nextInt(VIDEOS);
          boolean fits = user % 4 == video % 4;
          out.write(
              cells(
                  user,
                  video,
                  date.toString().replace("-", ""),
                  minute / 60 * 100 + minute % 60,
                  midnight + minute * 60_000L + random.nextInt(60_000),
                  drawn(0.4),
                  drawn(fits ? 0.3 : 0.05),
                  0,
                  0,
                  0,
                  0,
                  drawn(fits ? 0.7 : 0.2),
                  random.nextInt(60_000),
                  10_000 + random.nextInt(60_000),
                  0,
                  0,
                  drawn(0.02),
                  0,
                  random.nextInt(3)));
        }
      }
    }
  }

  private void writeUsers(Path file) throws IOException {
    StringJoiner header =
        new StringJoiner(",")
            .add("user_id,user_active_degree,is_lowactive_period,is_live_streamer,is_video_author")
            .add("follow_user_num,follow_user_num_range,fans_user_num,fans_user_num_range")
            .add("friend_user_num,friend_user_num_range,register_days,register_days_range");
    for (int feature = 0; feature < 18; feature++) {
      header.add("onehot_feat" + feature);
    }
    StringBuilder text = new StringBuilder(header.toString()).append('\n');
    for (int user = 0; user < USERS; user++) {
      text.append(user)
          .append(",full_active,0,")
          .append(user % 7 == 0 ? -124 : user % 2)
          .append(",1,5,\"(0,10]\",1,\"[1,10)\",0,0,800,730+")
          .append(",0".repeat(18))
          .append('\n');
    }
    Files.writeString(file, text);
  }

  private void writeVideos(Path file) throws IOException {
    StringBuilder text =
        new StringBuilder(
            "video_id,author_id,video_type,upload_dt,upload_type,visible_status,video_duration,"
                + "server_width,server_height,music_id,music_type,tag\n");
    for (int video = 0; video < VIDEOS; video++) {
      text.append(video)
          .append(',')
          .append(7_000_000_000L + video / 3)
          .append(",NORMAL,2022-04-10,LongImport,0.0,")
          .append(5_000 + 1_000 * video)
          .append(".0,720.0,1280.0,9155697141,9.0,\"")
          .append(video % 5)
          .append(',')
          .append(video % 3)
          .append("\"\n");
    }
    Files.writeString(file, text);
  }

  private int drawn(double probability) {
    return random.nextDouble() < probability ? 1 : 0;
  }

  private static String cells(Object... values) {
    StringJoiner line = new StringJoiner(",");
    for (Object value : values) {
      line.add(value.toString());
    }
    return line + "\n";
  }
}
