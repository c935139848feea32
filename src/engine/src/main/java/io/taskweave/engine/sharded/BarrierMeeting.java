package io.taskweave.engine.sharded;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.RequestMethod;
import org.apache.spark.RequestToSync;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.rpc.AbortableRpcFuture;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcTimeout;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.util.RpcUtils;
import scala.concurrent.Await;
import scala.concurrent.duration.FiniteDuration;
import scala.reflect.ClassTag;

/**
 * The tasks of one barrier stage, by way of the driver's barrier coordinator. Spark's own {@link
 * org.apache.spark.BarrierTaskContext} asks the same of it, but then sleeps for a second before it
 * looks at the answer.
 */
final class BarrierMeeting implements Meeting {
  private static final String COORDINATOR = "barrierSync";

  /** The coordinator has a limit of its own, and the training a watchdog. */
  private static final RpcTimeout PATIENCE =
      new RpcTimeout(FiniteDuration.apply(365, TimeUnit.DAYS), "barrier");

  /** How often a task that waits looks whether it shall end. */
  private static final FiniteDuration LOOK = FiniteDuration.apply(100, TimeUnit.MILLISECONDS);

  private static final ClassTag<String[]> ANSWER = ClassTag.apply(String[].class);

  private final TaskContext task = TaskContext.get();
  private final RpcEndpointRef coordinator =
      RpcUtils.makeDriverRef(COORDINATOR, SparkEnv.get().conf(), SparkEnv.get().rpcEnv());
  private int times;

  @Override
  public void await() {
    meet("");
  }

  @Override
  public <T extends Serializable> List<T> exchange(T own) {
    SerializerInstance serializer = SparkEnv.get().closureSerializer().newInstance();
    ClassTag<T> any = ClassTag.apply(Object.class);
    ByteBuffer bytes = serializer.serialize(own, any);
    List<T> all = new ArrayList<>();
    for (String text : meet(text(bytes))) {
      all.add(serializer.deserialize(ByteBuffer.wrap(Base64.getDecoder().decode(text)), any));
    }
    return all;
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.ISO_8859_1.decode(Base64.getEncoder().encode(bytes)).toString();
  }

  private String[] meet(String message) {
    AbortableRpcFuture<String[]> answer =
        coordinator.askAbortable(
            new RequestToSync(
                task.numPartitions(),
                task.stageId(),
                task.stageAttemptNumber(),
                task.taskAttemptId(),
                times++,
                task.partitionId(),
                message,
                RequestMethod.ALL_GATHER()),
            PATIENCE,
            ANSWER);
    try {
      return result(answer);
    } catch (RuntimeException e) {
      answer.abort(e);
      throw e;
    }
  }

  private String[] result(AbortableRpcFuture<String[]> answer) {
    while (true) {
      try {
        return Await.result(answer.future(), LOOK);
      } catch (TimeoutException notAll) {
        task.killTaskIfInterrupted();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Cannot go on training: interrupted", e);
      }
    }
  }
}
