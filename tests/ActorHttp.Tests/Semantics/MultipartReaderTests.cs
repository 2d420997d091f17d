using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Tests.Semantics;

public sealed class MultipartReaderTests
{
    // Bytes as Latin-1; what is told of them in the lines of Read.
    public static TheoryData<string, string> Vectors { get; } = new()
    {
        { "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: "
            + "text/plain\r\n\r\nbytes\r\n--B--\r\n", "file a.txt|bytes|end|over" },
        { "preamble\r\n--B\r\nContent-Disposition: form-data; name=f; "
            + "filename=a\r\n\r\nx\r\n--B--epilogue\r\n--B\r\n", "file a|x|end|over" },
        { "--B\r\ncontent-disposition:form-data;name=\"f\"\r\n\r\nvalue\r\n--B \t\r\nContent-Disposition: form-data; name=f; "
            + "filename=\"\"\r\n\r\n\r\n--B--", "field|value|end|none|end|over" },
        { "--B\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\n--B--", "file a|end|over" },
        { "--B\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\n\r\n--B--", "file a|end|over" },
        { "--B\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\n\r\n\r\n--B--", "file a|\r\n|end|over" },
        { "--B\r\nContent-Disposition: form-data; "
            + "filename=\"a\"\r\n\r\n-\r\n-\r\r\n--\r\n--A\r\n--B--", "file a|-\r\n-\r\r\n--\r\n--A|end|over" },
        { "--B\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\n--A\n--B--\r\r\n--B--", "file a|--A\n--B--\r|end|over" },
        { "--B\r\nContent-Disposition: form-data; filename=\"C/d/x %22%0d%0A%41.txt\"\r\n\r\n\r\n--B--", "file x \"\r\n%41.txt|end|over" },
        { "--B\r\nContent-Disposition: form-data; filename=\"gr\u00C3\u00BC\"\r\n\r\n\r\n--B--", "file gr\u00C3\u00BC|end|over" },
        { "--B--", "over" },
        { "no delimiter at all", "" },
        { "--B\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\ncut short\r\n--", "file a|cut short" },
        { "--B\r\nContent-Disposition: form-data; filename=\"..\\\\x\"\r\n\r\n\r\n--B--", "!backslash" },
        { "--B\r\nContent-Disposition: form-data; filename=\"a\\\"b\"\r\n\r\n\r\n--B--", "!grammar" },
        { "--B\r\nContent-Disposition: form-data; filename=\"dir/\"\r\n\r\n\r\n--B--", "!slash" },
        { "--B\r\nContent-Disposition: form-data; filename*=UTF-8''a\r\n\r\n\r\n--B--", "!filename*" },
        { "--B\r\nContent-Disposition: form-data; filename=a; filename=b\r\n\r\n\r\n--B--", "!grammar" },
        { "--B\r\nContent-Disposition: form-data; filename=a b\r\n\r\n\r\n--B--", "!grammar" },
        { "--B\r\nContent-Disposition: form-data; filename=\"a\r\n\r\n\r\n--B--", "!grammar" },
        { "--B\r\nContent-Disposition: attachment; filename=a\r\n\r\n\r\n--B--", "!grammar" },
        { "--B\r\nContent-Disposition: form-data\r\nContent-Disposition: form-data\r\n\r\n\r\n--B--", "!grammar" },
        { "--B\r\nContent-Disposition: form-data;\r\n filename=a\r\n\r\n\r\n--B--", "!grammar" },
        { "--B\r\nContent-Disposition: form-data; filename=\"a\0b\"\r\n\r\n\r\n--B--", "!grammar" },
        { "--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--", "!grammar" },
        { "--B\r\n\r\nx\r\n--B--", "!no Content-Disposition" },
        { "--B\r\nContent-Disposition: form-data; filename=a\r\nContent-Transfer-Encoding: "
            + "base64\r\n\r\nx\r\n--B--", "!Content-Transfer-Encoding" },
        { "--B\r\nContent-Disposition: form-data; filename=a\r\n\r\nx\r\n--Bx\r\n", "file a|x|end|!delimiter" },
        { "--B\r\nX: " + new string('x', 300) + "\r\n\r\n", "!longer than 256" },
    };

    [Theory, Trait("RFC", "7578, 2046 §5.1.1")]
    [MemberData(nameof(Vectors))]
    public void A_form_says_the_same_however_it_is_split(string form, string expected)
    {
        var bytes = Encoding.Latin1.GetBytes(form);
        for (var size = bytes.Length; size >= 1; size--)
            AssertTold(expected, Read([.. bytes.Chunk(size)]));
        for (var at = 0; at <= bytes.Length; at++)
            AssertTold(expected, Read([bytes[..at], bytes[at..]]));
    }

    [Fact]
    public void Bytes_of_all_kinds_come_through_whole()
    {
        // Many beginnings of a delimiter, none of them one.
        var random = new Random(7);
        var alphabet = "\r\n-Bx"u8.ToArray();
        for (var i = 0; i < 200; i++)
        {
            var content = Encoding.Latin1.GetString(random.GetItems(alphabet, random.Next(60))).Replace(
                "\r\n--B", "\r\n-xB", StringComparison.Ordinal);
            if (content.StartsWith("--B", StringComparison.Ordinal))
                continue;
            var form = Encoding.Latin1.GetBytes($"--B\r\nContent-Disposition: form-data; filename=a\r\n\r\n{content}\r\n--B--\r\n");
            AssertTold(content.Length == 0 ? "file a|end|over" : $"file a|{content}|end|over", Read([.. form.Chunk(random.Next(1, 9))]));
        }
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=B", "B")]
    [InlineData("Multipart/Form-Data ; charset=utf-8; Boundary=\"a b\"", "a b")]
    [InlineData("multipart/form-data", null)]
    [InlineData("multipart/form-data; boundary=", null)]
    [InlineData("multipart/form-data; boundary=\"B", null)]
    [InlineData("multipart/form-data; boundary=\"B \"", null)]
    [InlineData("multipart/form-data; boundary=\"a*b\"", null)]
    [InlineData("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null)]
    public void The_boundary_is_the_one_that_the_type_names(string type, string? boundary)
    {
        Assert.True(MultipartForm.IsForm(type));
        Assert.Equal(boundary, MultipartForm.BoundaryOf(type));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("multipart/mixed; boundary=B")]
    [InlineData("application/x-www-form-urlencoded")]
    public void Other_types_are_no_form(string? type) => Assert.False(MultipartForm.IsForm(type));

    private static void AssertTold(string expected, string told)
    {
        if (expected.Contains('!', StringComparison.Ordinal))
        {
            Assert.Equal(expected[..expected.IndexOf('!', StringComparison.Ordinal)], told[..told.IndexOf('!', StringComparison.Ordinal)]);
            Assert.Contains(expected[(expected.IndexOf('!', StringComparison.Ordinal) + 1)..], told);
        }
        else
        {
            Assert.Equal(expected, told);
        }
    }

    private static string Read(byte[][] pieces)
    {
        var reader = new MultipartReader("B", longestHead: 256);
        var told = new List<string>();
        var content = new StringBuilder();
        foreach (var piece in pieces)
        {
            ReadOnlySpan<byte> bytes = piece;
            while (true)
            {
                var step = reader.Next(ref bytes, out var part);
                if (step == MultipartStep.Content)
                {
                    Assert.False(part.IsEmpty);
                    content.Append(Encoding.Latin1.GetString(part));
                    continue;
                }

                if (content.Length > 0 && step != MultipartStep.NeedsMore)
                {
                    told.Add(content.ToString());
                    content.Clear();
                }

                if (step == MultipartStep.NeedsMore)
                    break;
                if (step == MultipartStep.Malformed)
                    return string.Concat(told.Select(said => said + "|")) + "!" + reader.Fault;
                told.Add(step switch
                {
                    MultipartStep.PartBegins => reader.Part.FileName switch { null => "field", "" => "none", var name => $"file {name}" },
                    MultipartStep.PartEnds => "end",
                    _ => "over",
                });
            }
        }

        if (content.Length > 0)
            told.Add(content.ToString());
        Assert.Equal(told is [.., "over"], reader.IsOver);
        return string.Join('|', told);
    }
}
