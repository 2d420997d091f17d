// Uploads files that are chosen or dropped: one PUT for each file, two at a time. The page can be read without this script.
(() => {
    'use strict';

    const atATime = 2;
    const byId = id => document.getElementById(id);
    const input = byId('files');
    const list = byId('transfers');
    const status = byId('status');
    const reload = byId('reload');
    const row = byId('transfer').content;
    const count = { all: 0, stored: 0, kept: 0, failed: 0 };
    const waiting = [];
    let running = 0;
    let isStale = false;

    function add(name, file, refusal) {
        const element = row.cloneNode(true).firstElementChild;
        const transfer = {
            name,
            file,
            element,
            bar: element.querySelector('progress'),
            share: element.querySelector('.share'),
            cancel: element.querySelector('button'),
            request: null,
        };
        element.querySelector('.what').textContent = name;
        transfer.bar.setAttribute('aria-label', name);
        transfer.cancel.setAttribute('aria-label', `Cancel ${name}`);
        transfer.cancel.addEventListener('click', () => cancel(transfer));
        list.append(element);
        count.all++;
        if (refusal)
            settle(transfer, 'failed', refusal);
        else
            waiting.push(transfer);
    }

    function begin(items) {
        // Removes the messages of the previous uploads.
        if (running === 0 && waiting.length === 0) {
            list.replaceChildren();
            reload.hidden = true;
            count.all = count.kept = count.failed = count.stored = 0;
        }
        for (const item of items)
            add(...item);
        next();
    }

    function next() {
        while (running < atATime && waiting.length > 0) {
            running++;
            send(waiting.shift(), false);
        }
        const done = count.stored + count.kept + count.failed;
        if (done < count.all)
            status.textContent = `Uploading: ${done} of ${count.all} done.`;
        else if (count.failed > 0)
            end(`${count.failed} of ${count.all} could not be uploaded.`);
        else if (count.stored > 0)
            location.reload();
        else
            end('Nothing was uploaded.');
    }

    function end(words) {
        status.textContent = words;
        reload.hidden = !isStale;
    }

    function send(transfer, replaces) {
        const request = open(transfer, 'PUT');
        if (!replaces)
            request.setRequestHeader('If-None-Match', '*');
        request.upload.addEventListener('progress', event => show(transfer, event.loaded, event.total));
        request.addEventListener('load', () => {
            if (request.status === 412 && !replaces)
                ask(transfer);
            else if (request.status >= 200 && request.status < 300)
                finish(transfer, 'stored', 'done');
            else
                finish(transfer, 'failed', reason(request));
        });
        request.addEventListener('error', () => replaces ? lose(transfer) : look(transfer));
        show(transfer, 0, 1);
        request.send(transfer.file);
    }

    // A server that refuses before it has read the whole body closes the connection, and a browser that is still sending may report only that.
    // So this looks whether the file exists, which is the usual reason.
    function look(transfer) {
        const request = open(transfer, 'HEAD');
        request.addEventListener('load', () => request.status === 200 ? ask(transfer) : lose(transfer));
        request.addEventListener('error', () => lose(transfer));
        request.send();
    }

    function open(transfer, method) {
        const request = new XMLHttpRequest();
        transfer.request = request;
        request.open(method, encodeURIComponent(transfer.name));
        request.addEventListener('abort', () => finish(transfer, 'kept', 'cancelled'));
        return request;
    }

    function ask(transfer) {
        if (confirm(`There is a file “${transfer.name}” already. Replace it?`))
            send(transfer, true);
        else
            finish(transfer, 'kept', 'not replaced');
    }

    function cancel(transfer) {
        const place = waiting.indexOf(transfer);
        if (place < 0) {
            transfer.request.abort();
            return;
        }
        waiting.splice(place, 1);
        settle(transfer, 'kept', 'cancelled');
        next();
    }

    function lose(transfer) {
        finish(transfer, 'failed', 'The connection was lost, or the file cannot be read.');
    }

    function finish(transfer, outcome, words) {
        running--;
        settle(transfer, outcome, words);
        next();
    }

    function settle(transfer, outcome, words) {
        count[outcome]++;
        isStale ||= outcome === 'stored';
        transfer.element.classList.add(outcome);
        transfer.share.textContent = words;
        // Moves the focus, which would be lost with the button.
        if (document.activeElement === transfer.cancel)
            input.focus();
        transfer.bar.remove();
        transfer.cancel.remove();
    }

    function show(transfer, sent, total) {
        const share = total > 0 ? sent / total : 1;
        transfer.bar.value = share;
        transfer.share.textContent = `${Math.floor(share * 100)}%`;
    }

    // Errors of the server are one line of text for people.
    function reason(request) {
        const line = request.responseText.split('\n')[0].slice(0, 200);
        return line || `The server answered ${request.status}.`;
    }

    function* dropped(items) {
        for (const item of items) {
            const entry = item.webkitGetAsEntry && item.webkitGetAsEntry();
            const file = item.kind === 'file' ? item.getAsFile() : null;
            if (entry && entry.isDirectory)
                yield [entry.name, null, 'This is a folder; only files can be uploaded.'];
            else if (file)
                yield [file.name, file];
        }
    }

    const hasFiles = event => event.dataTransfer !== null && event.dataTransfer.types.includes('Files');
    const mark = isOver => document.documentElement.classList.toggle('dropping', isOver);

    input.addEventListener('change', () => {
        const chosen = Array.from(input.files, file => [file.name, file]);
        // Lets the person choose the same file again.
        input.value = '';
        if (chosen.length > 0)
            begin(chosen);
    });
    reload.addEventListener('click', () => location.reload());

    for (const name of ['dragenter', 'dragover']) {
        addEventListener(name, event => {
            if (!hasFiles(event))
                return;
            event.preventDefault();
            event.dataTransfer.dropEffect = 'copy';
            mark(true);
        });
    }
    // relatedTarget is the element that is entered. It is null when the pointer leaves the window.
    addEventListener('dragleave', event => event.relatedTarget === null && mark(false));
    addEventListener('drop', event => {
        if (!hasFiles(event))
            return;
        event.preventDefault();
        mark(false);
        const found = [...dropped(event.dataTransfer.items)];
        if (found.length > 0)
            begin(found);
    });
    addEventListener('beforeunload', event => running > 0 && event.preventDefault());

    byId('upload').hidden = false;
})();
