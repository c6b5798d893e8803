using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Recordings.Format;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>One body on its way into a recording.</summary>
internal sealed class IntakeRun : IDisposable
{
    /// <summary>After so much, or so long, what came is made safe, so that a server that dies loses no more of it.</summary>
    private const long CheckpointBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan CheckpointTime = TimeSpan.FromSeconds(20);

    private readonly Intake _intake;
    private readonly bool _isResumable;
    private readonly BodyDigest? _digest;
    private readonly Stream _body;
    private readonly StreamRight _right;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _either;
    private long _acknowledged;
    private byte[]? _tail;
    private byte[]? _head;
    private bool _isTypeSeen;
    private long _checkpointAt;

    public IntakeRun(Intake intake, HttpContext context, Recording recording, Guid writer, byte[]? tail, bool isResumable, BodyDigest? digest)
    {
        (_intake, Recording, Writer, _tail, _isResumable, _digest) = (intake, recording, writer, tail, isResumable, digest);
        (_body, _right) = (context.Request.Body, intake.RightOf(context));
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, intake.Clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_silence.Token, context.RequestAborted);
        _acknowledged = recording.ReceivedBytes;
        _isTypeSeen = recording.ReceivedBytes >= RecordingType.HeadBytes;
        _checkpointAt = intake.Clock.GetTimestamp();
    }

    public Recording Recording { get; }

    public Guid Writer { get; }

    /// <summary>How much of the file was acknowledged: whole chunks, since the rest of it is kept apart.</summary>
    public long AcknowledgedFileBytes => FileBytesOf(_acknowledged);

    /// <summary>How much of a file holds so much acknowledged content.</summary>
    public static long FileBytesOf(long acknowledged) => acknowledged < RecordingFormat.ChunkBytes ? 0 : RecordingFormat.FrameAt((int)(acknowledged / RecordingFormat.ChunkBytes));

    /// <summary>Reads until the body or the recording is at its end.</summary>
    public async Task<IntakeEnd> CopyAsync(RecordingWriter sealing)
    {
        long end = Recording.DeclaredBytes ?? _intake.Options.BytesMax;
        while (sealing.PlainBytes < end)
        {
            Memory<byte> room = sealing.Room;
            if (room.Length > end - sealing.PlainBytes) room = room[..(int)(end - sealing.PlainBytes)];
            if (await ReadAsync(room) is not { } read) return Gone();
            if (read == 0) break;
            _digest?.Append(room.Span[..read]);
            await sealing.AdvanceAsync(read, CancellationToken.None);
            if (!_isTypeSeen && sealing.PlainBytes >= RecordingType.HeadBytes && LookAtType(sealing, Recording.DeclaredBytes) is { } lying) return lying;
            if (!await _right.HoldsAsync(CancellationToken.None)) return new IntakeEnd(Problem: Problems.Of(ProblemKinds.InvalidToken), IsForgotten: !_isResumable);
            if (IsCheckpointDue(sealing) && await CheckpointAsync(sealing) is { } refused) return refused;
        }

        return await EndAsync(sealing, end);
    }

    /// <summary>Whether whoever sends may still, when all of it is there: its last bytes may have been long in coming.</summary>
    public ValueTask<bool> MayStoreAsync() => _right.HoldsNowAsync(CancellationToken.None);

    public void Dispose()
    {
        _either.Dispose();
        _silence.Dispose();
    }

    private async Task<IntakeEnd> EndAsync(RecordingWriter sealing, long end)
    {
        if (sealing.PlainBytes == end && await ReadAsync(new byte[1]) is > 0) return new IntakeEnd(Problem: TooLarge(end), IsForgotten: !_isResumable);
        if (_digest is not null && !_digest.Holds())
        {
            ProblemKind kind = ProblemKinds.ChecksumMismatch;
            return new IntakeEnd(Problem: Problems.Of(_isResumable ? kind with { Status = kind.OtherStatus!.Value } : kind), IsForgotten: !_isResumable);
        }

        bool isWhole = Recording.DeclaredBytes is { } declared ? sealing.PlainBytes == declared : sealing.PlainBytes > 0;
        if (!isWhole) return _isResumable ? new IntakeEnd() : new IntakeEnd(Problem: Problems.InvalidRequest("", "The body is empty."), IsForgotten: true);
        if (!_isTypeSeen && LookAtType(sealing, sealing.PlainBytes) is { } lying) return lying;
        // Some types are told only by how long they are.
        if (_head is not null && !Type.Begins(_head, sealing.PlainBytes)) return Lying();
        return new IntakeEnd(IsWhole: true);
    }

    private RecordingType Type => RecordingType.All.Single(type => type.MediaType == Recording.MediaType);

    private static ProblemHttpResult TooLarge(long bytesMax) => Problems.Of(ProblemKinds.TooLarge, $"It can have {bytesMax} bytes.");

    private IntakeEnd? LookAtType(RecordingWriter sealing, long? length)
    {
        _isTypeSeen = true;
        ReadOnlyMemory<byte> head = sealing.Head;
        if (head.Length > RecordingType.HeadBytes) head = head[..RecordingType.HeadBytes];
        if (length is null) _head = head.ToArray();
        return Type.Begins(head, length) ? null : Lying();
    }

    private IntakeEnd Lying() => new(Problem: Problems.Of(ProblemKinds.RecordingTypeMismatch, $"It was said to be {Recording.MediaType}, and its bytes are not {Type.Name}."), IsForgotten: true);

    /// <returns>Null when the sender has gone away, or is silent.</returns>
    private async ValueTask<int?> ReadAsync(Memory<byte> room)
    {
        try
        {
            ValueTask<int> reading = _body.ReadAsync(room, _either.Token);
            if (reading.IsCompletedSuccessfully) return reading.Result;
            _silence.CancelAfter(_intake.Options.SilenceMax);
            int read = await reading;
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
            return read;
        }
        // Cut off in the middle, reset, silent: of the ways in which a sender leaves none is a fault of ours.
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    // What cannot be held against its checksum is not kept.
    private IntakeEnd Gone() => _digest is not null || !_isResumable
        ? new IntakeEnd(Problem: Problems.InvalidRequest("", "The body broke off."), IsForgotten: !_isResumable)
        : new IntakeEnd(IsGone: true);

    private bool IsCheckpointDue(RecordingWriter sealing) =>
        sealing.PlainBytes - _acknowledged >= CheckpointBytes || _intake.Clock.GetElapsedTime(_checkpointAt) >= CheckpointTime;

    private async Task<IntakeEnd?> CheckpointAsync(RecordingWriter sealing)
    {
        _checkpointAt = _intake.Clock.GetTimestamp();
        if (!_intake.HasRoomFor(0)) return new IntakeEnd(Problem: Problems.Of(ProblemKinds.StorageFull), IsForgotten: !_isResumable);
        // A body that has a checksum counts when all of it is there: until then this only says that it is still written.
        if (_digest is null && sealing.WrittenBytes > _acknowledged)
        {
            await sealing.FlushAsync(CancellationToken.None);
            (_acknowledged, _tail) = (sealing.WrittenBytes, null);
        }

        return await _intake.ProgressAsync(Recording, Writer, _acknowledged, _tail) ? null : new IntakeEnd(Problem: Problems.Of(ProblemKinds.ConsentMissing), IsForgotten: true);
    }
}

/// <summary>How the reading of a body has ended: with none of these, before the recording has.</summary>
/// <param name="IsWhole">All of the recording is there.</param>
/// <param name="IsGone">Its sender has gone away.</param>
/// <param name="IsForgotten">With a problem: nothing of the recording remains.</param>
internal sealed record IntakeEnd(bool IsWhole = false, bool IsGone = false, ProblemHttpResult? Problem = null, bool IsForgotten = false);
