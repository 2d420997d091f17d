using ActorHttp.Semantics;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class MediaTypesTests
{
    [Theory, Trait("RFC", "9110 §8.3.1")]
    [InlineData("index.html", "text/html")]
    [InlineData("index.htm", "text/html")]
    [InlineData("style.css", "text/css")]
    [InlineData("app.js", "text/javascript")]
    [InlineData("app.mjs", "text/javascript")]
    [InlineData("app.js.map", "application/json")]
    [InlineData("data.json", "application/json")]
    [InlineData("site.webmanifest", "application/manifest+json")]
    [InlineData("notes.txt", "text/plain")]
    [InlineData("readme.md", "text/markdown")]
    [InlineData("table.csv", "text/csv")]
    [InlineData("feed.atom", "application/atom+xml")]
    [InlineData("config.xml", "application/xml")]
    [InlineData("config.yml", "application/yaml")]
    [InlineData("program.wasm", "application/wasm")]
    [InlineData("Program.cs", "text/plain")]
    [InlineData("index.php", "text/plain")]
    [InlineData("run.sh", "application/x-sh")]
    [InlineData("logo.png", "image/png")]
    [InlineData("photo.jpg", "image/jpeg")]
    [InlineData("photo.jpeg", "image/jpeg")]
    [InlineData("logo.svg", "image/svg+xml")]
    [InlineData("favicon.ico", "image/vnd.microsoft.icon")]
    [InlineData("photo.webp", "image/webp")]
    [InlineData("photo.avif", "image/avif")]
    [InlineData("song.mp3", "audio/mpeg")]
    [InlineData("song.flac", "audio/flac")]
    [InlineData("song.wav", "audio/wav")]
    [InlineData("film.mp4", "video/mp4")]
    [InlineData("film.webm", "video/webm")]
    [InlineData("segment.ts", "video/mp2t")]
    [InlineData("list.m3u8", "application/vnd.apple.mpegurl")]
    [InlineData("font.woff2", "font/woff2")]
    [InlineData("font.ttf", "font/ttf")]
    [InlineData("paper.pdf", "application/pdf")]
    [InlineData("letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")]
    [InlineData("sheet.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    [InlineData("slides.odp", "application/vnd.oasis.opendocument.presentation")]
    [InlineData("all.zip", "application/zip")]
    [InlineData("all.tar.gz", "application/gzip")]
    [InlineData("all.7z", "application/x-7z-compressed")]
    [InlineData("all.zst", "application/zstd")]
    [InlineData("setup.exe", "application/x-msdos-program")]
    [InlineData("disk.iso", "application/x-iso9660-image")]
    [InlineData("letter.rtf", "application/rtf")]
    [InlineData("sheet.xsl", "application/xml")]
    [InlineData("clip.3gpp", "video/3gpp")]
    [InlineData("cert.ac", "application/pkix-attr-cert")]
    [InlineData("plan.mpp", "application/vnd.ms-project")]
    [InlineData("part.stl", "model/stl")]
    [InlineData("notes.org", "text/plain")]
    [InlineData("book.mobi", "application/x-mobipocket-ebook")]
    [InlineData("macro.docm", "application/vnd.ms-word.document.macroenabled.12")]
    public void An_extension_names_a_media_type(string fileName, string expected) =>
        Assert.Equal(expected, MediaTypes.ForName(fileName));

    [Theory]
    [InlineData("INDEX.HTML", "text/html")]
    [InlineData("Photo.JPG", "image/jpeg")]
    [InlineData(".html", "text/html")]
    [InlineData("a.b.c.css", "text/css")]
    [InlineData("dir.d/page.html", "text/html")]
    [InlineData("dir\\page.html", "text/html")]
    public void Case_and_what_stands_before_the_last_dot_do_not_matter(string fileName, string expected) =>
        Assert.Equal(expected, MediaTypes.ForName(fileName));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("Makefile")]
    [InlineData("html")]
    [InlineData("page.")]
    [InlineData("page.html ")]
    [InlineData("page.html.")]
    [InlineData("page.unknown")]
    [InlineData(".gitignore")]
    [InlineData("image.svgz")]
    [InlineData("server.key")]
    [InlineData("v1.html/download")]
    [InlineData("v1.html\\download")]
    [InlineData("page.\0html")]
    public void What_we_do_not_know_is_an_octet_stream(string fileName) =>
        Assert.Equal("application/octet-stream", MediaTypes.ForName(fileName));

    [Fact]
    public void What_we_say_ourselves_is_not_what_the_table_says() =>
        Assert.DoesNotContain(MediaTypes.Exceptions, ours => MediaTypeTable.Find(ours.Key) == ours.Value);

    [Fact]
    public void The_table_has_the_extensions_of_the_web_in_lower_case_and_types_that_can_stand_in_a_field()
    {
        Assert.InRange(MediaTypeTable.All.Count, 1200, 5000);
        foreach (var (extension, type) in MediaTypeTable.All)
        {
            Assert.Matches(@"^[a-z0-9][a-z0-9_+-]*\z", extension);
            Assert.Matches(@"^[a-z0-9-]+/[a-z0-9][a-z0-9.+-]*\z", type);
            Assert.Equal(MediaTypes.Exceptions.GetValueOrDefault(extension, type), MediaTypes.ForName("x." + extension));
        }
    }

    [Fact]
    public void The_table_names_its_source_and_its_licence()
    {
        using var stream = typeof(MediaTypes).Assembly.GetManifestResourceStream("ActorHttp.media-types.tsv")!;
        using var reader = new StreamReader(stream);
        var head = string.Join('\n', reader.ReadToEnd().Split('\n').TakeWhile(line => line.StartsWith('#')));
        Assert.Matches(@"mime-db \d+\.\d+\.\d+", head);
        Assert.Contains("MIT License", head);
        Assert.Contains("Copyright", head);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("Text/HTML; charset=x")]
    [InlineData(" text/css ")]
    [InlineData("text/x-anything")]
    public void A_charset_makes_sense_of_text(string contentType) => Assert.True(MediaTypes.IsText(contentType));

    [Theory]
    [InlineData("")]
    [InlineData("text/")]
    [InlineData("text")]
    [InlineData("; text/plain")]
    [InlineData("application/json")]
    [InlineData("application/xml")]
    [InlineData("image/svg+xml")]
    [InlineData("text/xml")]
    [InlineData("Text/VTT")]
    [InlineData("text/event-stream; a=b")]
    [InlineData("text/rtf")]
    public void A_charset_makes_no_sense_of_what_is_no_text_or_has_an_encoding_of_its_own(string contentType) =>
        Assert.False(MediaTypes.IsText(contentType));

    [Fact]
    public void Neither_question_allocates()
    {
        MediaTypes.ForName("dir/page.HTML");
        MediaTypes.IsText("application/json; charset=utf-8");

        var before = GC.GetAllocatedBytesForCurrentThread();
        MediaTypes.ForName("dir/page.HTML");
        MediaTypes.ForName("page.cs");
        MediaTypes.ForName("page.unknown");
        MediaTypes.IsText("application/json; charset=utf-8");
        MediaTypes.IsText("video/mp4");
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(HostileText)])]
    public void Every_name_has_a_type_that_can_stand_in_a_field(string fileName)
    {
        var type = MediaTypes.ForName(fileName);
        Assert.Equal(2, type.Split('/').Length);
        Assert.All(type, c => Assert.True(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || "/+-.".Contains(c)));
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(HostileText)])]
    public void Parameters_never_change_whether_it_is_text(string contentType, string parameters) =>
        Assert.Equal(MediaTypes.IsText(contentType), MediaTypes.IsText($"{contentType};{parameters}"));
}
