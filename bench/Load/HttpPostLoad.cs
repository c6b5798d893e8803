using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Load;

/// <summary>Connections that stay open, each with one request under way: the steps of a gateway, one a request. On one thread, with requests made beforehand.</summary>
/// <remarks>Debian's wrk would make each request in Lua: what is posted has to be another step each time.</remarks>
internal sealed class HttpPostLoad : IDisposable
{
    private readonly List<HttpPoster> _posters = [];
    private readonly TimeProvider _time;
    private readonly LoadThread _thread;
    private readonly List<double> _milliseconds = [];
    private volatile bool _isRecording;
    private long _answered;

    public HttpPostLoad(Uri server, StepTraffic traffic, IReadOnlyList<string> accessTokens, int connections, TimeProvider time)
    {
        _time = time;
        _thread = new LoadThread("posts", Loop);
        try
        {
            for (int i = 0; i < connections; i++) _posters.Add(new HttpPoster(server, traffic, i % accessTokens.Count, accessTokens[i % accessTokens.Count], time));
        }
        catch
        {
            Close();
            throw;
        }

        _thread.Start();
    }

    /// <summary>Requests answered with 200, whose step is stored.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>From then on times are kept.</summary>
    public void BeginRecording() => _isRecording = true;

    /// <exception cref="BenchException">Something was answered otherwise, or not at all.</exception>
    public async Task LastAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        await _thread.LastAsync(duration, _time, cancellationToken);
        if (_thread.Ended.IsFaulted) await _thread.Ended;
    }

    /// <summary>Ends it. What was under way may be stored or not.</summary>
    /// <returns>Milliseconds of the requests, sorted.</returns>
    public IReadOnlyList<double> Stop()
    {
        _thread.Stop();
        _milliseconds.Sort();
        return _milliseconds;
    }

    public void Dispose()
    {
        _thread.Stop();
        Close();
    }

    private void Close() => _posters.ForEach(static poster => poster.Dispose());

    private void Loop()
    {
        var polled = _posters.Select(static poster => new Poll.Descriptor { File = poster.File, Wanted = Poll.Readable }).ToArray();
        _posters.ForEach(static poster => poster.Post());
        for (int silent = 0; !_thread.IsStopped;)
        {
            int ready = Poll.Wait(polled, 100);
            silent = ready == 0 ? silent + 1 : 0;
            if (silent > 300) throw new BenchException("The server has answered nothing for thirty seconds.");
            for (int i = 0; ready > 0 && i < polled.Length; i++)
            {
                if (polled[i].Ready == 0 || _posters[i].Receive() is not { } milliseconds) continue;
                if (_isRecording) _milliseconds.Add(milliseconds);
                Volatile.Write(ref _answered, _answered + 1);
                _posters[i].Post();
            }
        }
    }

    /// <summary>One connection.</summary>
    private sealed class HttpPoster : IDisposable
    {
        private readonly Socket _socket;
        private readonly StepTraffic _traffic;
        private readonly int _gateway;
        private readonly TimeProvider _time;
        private readonly byte[] _request;
        private readonly byte[] _answer = new byte[16 * 1024];
        private int _answerBytes;
        private long _posted;

        public HttpPoster(Uri server, StepTraffic traffic, int gateway, string accessToken, TimeProvider time)
        {
            (_traffic, _gateway, _time) = (traffic, gateway, time);
            string head = $"POST /gateway/api/v1/steps HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Bearer {accessToken}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {traffic.PayloadBytes}\r\n\r\n";
            _request = [.. Encoding.ASCII.GetBytes(head), .. traffic.NewPayload(gateway)];
            _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
            _socket.Connect(new IPEndPoint(IPAddress.Parse(server.Host), server.Port));
        }

        public int File => (int)_socket.Handle;

        public void Post()
        {
            _traffic.Renew(_gateway, _request.AsSpan(_request.Length - _traffic.PayloadBytes));
            _posted = _time.GetTimestamp();
            for (int sent = 0; sent < _request.Length;) sent += _socket.Send(_request.AsSpan(sent));
        }

        /// <returns>Milliseconds since it was posted, when the answer is whole.</returns>
        /// <exception cref="BenchException">It is another than that the step is stored.</exception>
        public double? Receive()
        {
            int count = _socket.Receive(_answer.AsSpan(_answerBytes));
            if (count == 0) throw new BenchException("The server closed a connection, or its answer is too long.");
            _answerBytes += count;
            var answer = _answer.AsSpan(0, _answerBytes);
            if (!IsWhole(answer)) return null;
            if (!answer.StartsWith("HTTP/1.1 200"u8) || answer.IndexOf("\"outcome\":\"stored\""u8) < 0)
                throw new BenchException($"A step was answered with: {Encoding.UTF8.GetString(answer)}");
            _answerBytes = 0;
            return _time.GetElapsedTime(_posted).TotalMilliseconds;
        }

        public void Dispose() => _socket.Dispose();

        /// <summary>By its Content-Length, or by its last chunk (RFC 9112 §6.3, §7.1).</summary>
        private static bool IsWhole(ReadOnlySpan<byte> answer)
        {
            int end = answer.IndexOf("\r\n\r\n"u8);
            if (end < 0) return false;
            var head = answer[..end];
            int length = head.IndexOf("Content-Length: "u8);
            if (length < 0) return answer.EndsWith("\r\n0\r\n\r\n"u8);
            var digits = head[(length + 16)..];
            int line = digits.IndexOf((byte)'\r');
            return answer.Length >= end + 4 + int.Parse(line < 0 ? digits : digits[..line], CultureInfo.InvariantCulture);
        }
    }
}
